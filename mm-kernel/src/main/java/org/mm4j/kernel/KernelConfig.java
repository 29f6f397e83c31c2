package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.kernel.arena.ArenaOptions;
import org.mm4j.memory.MemoryOptions;

/**
 * What a kernel boots with. Immutable; the {@code with…} methods return changed copies.
 *
 * @param memory the physical memory
 * @param nodes the nodes over its frames
 * @param distances how far node i is from node j, at {@code [i][j]}; empty: 10 to itself, 20 to others
 * @param settings from which watermarks and reserves follow
 * @param pressure whom to tell that memory runs low
 * @param log where warnings go
 * @param callerNode the node of the calling thread
 * @param slab how caches and kmalloc are built
 * @param reclaims whether memory is reclaimed by the kernel's own shrinkers, when {@code pressure} is nobody
 * @param arenas how shared arenas end
 */
public record KernelConfig(
        MemoryOptions memory,
        List<NodeLayout> nodes,
        List<List<Integer>> distances,
        ZoneSettings settings,
        MemoryPressure pressure,
        KernelLog log,
        IntSupplier callerNode,
        SlabOptions slab,
        boolean reclaims,
        ArenaOptions arenas) {
    /** Frame 0 is never handed out, so zones begin with the next. */
    private static final long FIRST_PFN = 1;

    /** Checks that the memory has the frames of all nodes. */
    public KernelConfig {
        nodes = List.copyOf(nodes);
        long frames = frames(memory);
        nodes.stream().flatMap(node -> node.zones().stream()).forEach(zone -> {
            if (zone.span().endPfn() > frames) {
                throw new IllegalArgumentException("zone " + zone.type().kernelName() + " ends at frame "
                        + zone.span().endPfn() + ", but the memory has " + frames);
            }
        });
    }

    /** 1 GiB on one node with the CPUs of this machine, cut into zones as on x86-64, with the kernel's settings. */
    public static KernelConfig defaults() {
        return ofMemory(MemoryOptions.defaults(), 1);
    }

    /** A kernel of {@code bytes} bytes on one node; otherwise as {@link #defaults()}. */
    public static KernelConfig ofBytes(long bytes) {
        return ofMemory(MemoryOptions.defaults().withBytes(bytes), 1);
    }

    /**
     * A memory and the CPUs of this machine, evenly shared by so many nodes.
     *
     * @throws IllegalArgumentException when a node would have less than one block of the largest order
     */
    public static KernelConfig ofMemory(MemoryOptions memory, int nodes) {
        long framesOfNode = frames(memory) / Math.max(nodes, 1) & -(long) PageFrame.MAX_ORDER_NR_PAGES;
        if (nodes < 1 || (framesOfNode == 0 && nodes > 1)) {
            throw new IllegalArgumentException(
                    memory.bytes() + " bytes cannot be shared by " + nodes + " nodes: each has 4 MiB at least");
        }
        int cpus = Runtime.getRuntime().availableProcessors();
        List<NodeLayout> layouts = new ArrayList<>();
        for (int nid = 0; nid < nodes; nid++) {
            long start = Math.max(FIRST_PFN, nid * framesOfNode);
            long end = nid == nodes - 1 ? frames(memory) : (nid + 1) * framesOfNode;
            layouts.add(NodeLayout.ofRange(cpus / nodes + (nid < cpus % nodes ? 1 : 0), start, end, 0));
        }
        return new KernelConfig(
                memory,
                layouts,
                List.of(),
                ZoneSettings.DEFAULT,
                MemoryPressure.NONE,
                new KernelLog(),
                () -> 0,
                SlabOptions.DEFAULT,
                true,
                ArenaOptions.DEFAULT);
    }

    private static long frames(MemoryOptions memory) {
        return memory.bytes() >>> PageFrame.PAGE_SHIFT;
    }

    /** How many CPUs all nodes have. */
    public int cpus() {
        return nodes.stream().mapToInt(NodeLayout::cpus).sum();
    }

    /** The node of a CPU: the first CPUs are node 0's. */
    int nodeOfCpu(int cpu) {
        int first = 0;
        for (int nid = 0; nid < nodes.size(); nid++) {
            first += nodes.get(nid).cpus();
            if (cpu < first) {
                return nid;
            }
        }
        return 0; // nobody has CPUs
    }

    /** The same with other {@link #nodes}. */
    public KernelConfig withNodes(List<NodeLayout> next) {
        return new KernelConfig(memory, next, distances, settings, pressure, log, callerNode, slab, reclaims, arenas);
    }

    /** The same with other {@link #distances}. */
    public KernelConfig withDistances(List<List<Integer>> rows) {
        return new KernelConfig(memory, nodes, rows, settings, pressure, log, callerNode, slab, reclaims, arenas);
    }

    /** The same with other {@link #settings}. */
    public KernelConfig withSettings(ZoneSettings next) {
        return new KernelConfig(memory, nodes, distances, next, pressure, log, callerNode, slab, reclaims, arenas);
    }

    /** The same with somebody who reclaims. */
    public KernelConfig withPressure(MemoryPressure next) {
        return new KernelConfig(memory, nodes, distances, settings, next, log, callerNode, slab, reclaims, arenas);
    }

    /** The same with another log. */
    public KernelConfig withLog(KernelLog next) {
        return new KernelConfig(memory, nodes, distances, settings, pressure, next, callerNode, slab, reclaims, arenas);
    }

    /** The same with another answer to which node the calling thread is on. */
    public KernelConfig withCallerNode(IntSupplier next) {
        return new KernelConfig(memory, nodes, distances, settings, pressure, log, next, slab, reclaims, arenas);
    }

    /** The same with other caches and another kmalloc. */
    public KernelConfig withSlab(SlabOptions next) {
        return new KernelConfig(memory, nodes, distances, settings, pressure, log, callerNode, next, reclaims, arenas);
    }

    /** The same with the kernel's own reclaim, or without: then requests fail as soon as memory is at its minimum. */
    public KernelConfig withReclaim(boolean next) {
        return new KernelConfig(memory, nodes, distances, settings, pressure, log, callerNode, slab, next, arenas);
    }

    /** The same with arenas that end in another way. */
    public KernelConfig withArenas(ArenaOptions next) {
        return new KernelConfig(memory, nodes, distances, settings, pressure, log, callerNode, slab, reclaims, next);
    }
}
