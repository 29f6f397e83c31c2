package org.mm4j.kernel;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ObjectCache;
import org.mm4j.api.PageAllocator;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.kernel.arena.ArenaOptions;
import org.mm4j.kernel.reclaim.CompactionOptions;
import org.mm4j.memory.MemoryOptions;

/**
 * What a kernel boots with. Immutable; the {@code with…} methods return changed copies.
 *
 * <pre>
 *                 nodes   zones               kmalloc's classes   slab engine         for
 *   linux()       1       as on x86-64        Linux's             CPU_SLAB            to compare with a real kernel
 *   library()     1       one, no reserves    dense               OWNED if possible   programs that use the memory
 *   study()       2       as on x86-64        Linux's             all checks on       to look at; repeatable
 * </pre>
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
 * @param compaction how memory is compacted ahead of requests, if it is reclaimed by the kernel's own
 * @param blocks in which pieces it can shrink and grow while it runs, and which of them are not there at boot
 * @param arenas how shared arenas end
 * @param owners what is noted of who takes pages
 * @param hasEvents whether the flight recorder can see what the allocators do, as {@code org.mm4j.kmalloc} and so on, by the
 *     names of the kernel's tracepoints, see {@link org.mm4j.api.trace.Tracepoints}; while no recording wants an event, it costs a
 *     call and a look at a flag. Without, nothing of it is there
 * @param hasFaults whether it can be made to fail, see {@link Kernel#faults}. In Linux: CONFIG_FAULT_INJECTION
 * @param cpuOptions how threads find their CPU
 * @param pageAllocator makes what everybody takes pages from, out of the zoned allocator; the identity: that one itself. An
 *     allocator of one's own takes large blocks from it, and gives out their pages
 * @param hasCgroups whether there are memory cgroups, see {@link Kernel#cgroups}. They cost a look at each page and object
 *     that is freed, 4 bytes of Java heap a frame, and as much an object
 * @param objectCaches makes the caches of {@link Kernel#objectCache}; null: those of mm-slab
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
        CompactionOptions compaction,
        BlockLayout blocks,
        ArenaOptions arenas,
        OwnerTracking owners,
        boolean hasEvents,
        boolean hasFaults,
        CpuOptions cpuOptions,
        UnaryOperator<PageAllocator> pageAllocator,
        boolean hasCgroups,
        ObjectCache.@Nullable Maker objectCaches) {
    private static final long BYTES_OF_STUDY = 64 << 20;

    /**
     * Checks that the memory has the frames of all nodes, and is not too small for a kernel.
     *
     * @throws IllegalArgumentException when something does not fit, with the values
     */
    public KernelConfig {
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a kernel has 1 node or more, not 0");
        }

        long frames = KernelPresets.frames(memory);
        nodes.stream().flatMap(node -> node.zones().stream()).forEach(zone -> {
            if (zone.span().endPfn() > frames) {
                throw new IllegalArgumentException("zone " + zone.type().kernelName() + " ends at frame "
                        + zone.span().endPfn() + ", but the memory has " + frames);
            }
        });
    }

    // Presets.

    /** {@link #linux()} of 1 GiB. */
    public static KernelConfig defaults() {
        return linux();
    }

    /** As Linux 6.18 would boot on 1 GiB and the CPUs of this machine, with the kernel's settings. */
    public static KernelConfig linux() {
        return ofMemory(MemoryOptions.defaults(), 1);
    }

    /** For programs: 1 GiB of which every frame can be used, in one zone; committed when it is touched. */
    public static KernelConfig library() {
        return library(MemoryOptions.defaults().bytes());
    }

    /** {@link #library()} of {@code bytes} bytes, which is the most that the program can have. */
    public static KernelConfig library(long bytes) {
        return KernelPresets.library(bytes);
    }

    /** To look at: 64 MiB on two nodes of two CPUs, every check on, and the same on every machine and in every run. */
    public static KernelConfig study() {
        return study(BYTES_OF_STUDY);
    }

    /** {@link #study()} of {@code bytes} bytes. */
    public static KernelConfig study(long bytes) {
        return KernelPresets.study(bytes);
    }

    /** {@link #linux()} of {@code bytes} bytes. */
    public static KernelConfig ofBytes(long bytes) {
        return ofMemory(MemoryOptions.defaults().withBytes(bytes), 1);
    }

    /**
     * A memory and the CPUs of this machine, evenly shared by so many nodes.
     *
     * @throws IllegalArgumentException when a node would have less than one block of the largest order
     */
    public static KernelConfig ofMemory(MemoryOptions memory, int nodes) {
        return KernelPresets.ofMemory(memory, nodes);
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

    // Changed copies.

    /** The same with another {@link #memory}. */
    public KernelConfig withMemory(MemoryOptions next) {
        return with(draft -> draft.memory = next);
    }

    /** The same with other {@link #nodes}. */
    public KernelConfig withNodes(List<NodeLayout> next) {
        return with(draft -> draft.nodes = next);
    }

    /** The same with other {@link #distances}. */
    public KernelConfig withDistances(List<List<Integer>> rows) {
        return with(draft -> draft.distances = rows);
    }

    /** The same with other {@link #settings}. */
    public KernelConfig withSettings(ZoneSettings next) {
        return with(draft -> draft.settings = next);
    }

    /** The same with somebody who reclaims. */
    public KernelConfig withPressure(MemoryPressure next) {
        return with(draft -> draft.pressure = next);
    }

    /** The same with another log. */
    public KernelConfig withLog(KernelLog next) {
        return with(draft -> draft.log = next);
    }

    /** The same with another answer to which node the calling thread is on. */
    public KernelConfig withCallerNode(IntSupplier next) {
        return with(draft -> draft.callerNode = next);
    }

    /** The same with other caches and another kmalloc. */
    public KernelConfig withSlab(SlabOptions next) {
        return with(draft -> draft.slab = next);
    }

    /** The same with the kernel's own reclaim, or without: then requests fail as soon as memory is at its minimum. */
    public KernelConfig withReclaim(boolean next) {
        return with(draft -> draft.reclaims = next);
    }

    /** The same with more or less compaction ahead of requests. */
    public KernelConfig withCompaction(CompactionOptions next) {
        return with(draft -> draft.compaction = next);
    }

    /** The same with memory blocks of another size, or others of them offline at boot. */
    public KernelConfig withBlocks(BlockLayout next) {
        return with(draft -> draft.blocks = next);
    }

    /**
     * The same with so much memory reserved that it can grow to {@code bytes} bytes while it runs: what is behind its last
     * frame is offline at boot, in zone Normal or Movable of the last node, and comes in by {@link Kernel#memoryBlocks}. Over a
     * memfd that costs addresses, and 8 bytes of Java heap for a frame; over an arena it costs the memory.
     *
     * @throws IllegalArgumentException when it is smaller than what it boots with, or either is not in whole memory blocks
     */
    public KernelConfig withMaxBytes(long bytes) {
        return MemoryGrowth.reserved(this, bytes);
    }

    /** The same with arenas that end in another way. */
    public KernelConfig withArenas(ArenaOptions next) {
        return with(draft -> draft.arenas = next);
    }

    /** The same with owners of pages noted, or not. */
    public KernelConfig withOwners(OwnerTracking next) {
        return with(draft -> draft.owners = next);
    }

    /** The same with events for the flight recorder, or without. */
    public KernelConfig withEvents(boolean next) {
        return with(draft -> draft.hasEvents = next);
    }

    /** The same with points where calls can be made to fail, or without. */
    public KernelConfig withFaults(boolean next) {
        return with(draft -> draft.hasFaults = next);
    }

    /** The same with another way to find a thread's CPU. */
    public KernelConfig withCpus(CpuOptions next) {
        return with(draft -> draft.cpuOptions = next);
    }

    /** The same with another {@link #pageAllocator}. */
    public KernelConfig withPageAllocator(UnaryOperator<PageAllocator> next) {
        return with(draft -> draft.pageAllocator = next);
    }

    /** The same with memory cgroups, or without. */
    public KernelConfig withCgroups(boolean next) {
        return with(draft -> draft.hasCgroups = next);
    }

    /** The same with other {@link #objectCaches}. */
    public KernelConfig withObjectCaches(ObjectCache.@Nullable Maker next) {
        return with(draft -> draft.objectCaches = next);
    }

    private KernelConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /** A copy that is being changed. */
    private static final class Draft {
        private MemoryOptions memory;
        private List<NodeLayout> nodes;
        private List<List<Integer>> distances;
        private ZoneSettings settings;
        private MemoryPressure pressure;
        private KernelLog log;
        private IntSupplier callerNode;
        private SlabOptions slab;
        private boolean reclaims;
        private CompactionOptions compaction;
        private BlockLayout blocks;
        private ArenaOptions arenas;
        private OwnerTracking owners;
        private boolean hasEvents;
        private boolean hasFaults;
        private CpuOptions cpuOptions;
        private UnaryOperator<PageAllocator> pageAllocator;
        private boolean hasCgroups;
        private ObjectCache.@Nullable Maker objectCaches;

        Draft(KernelConfig config) {
            memory = config.memory;
            nodes = config.nodes;
            distances = config.distances;
            settings = config.settings;
            pressure = config.pressure;
            log = config.log;
            callerNode = config.callerNode;
            slab = config.slab;
            reclaims = config.reclaims;
            compaction = config.compaction;
            blocks = config.blocks;
            arenas = config.arenas;
            owners = config.owners;
            hasEvents = config.hasEvents;
            hasFaults = config.hasFaults;
            cpuOptions = config.cpuOptions;
            pageAllocator = config.pageAllocator;
            hasCgroups = config.hasCgroups;
            objectCaches = config.objectCaches;
        }

        KernelConfig done() {
            return new KernelConfig(
                    memory,
                    nodes,
                    distances,
                    settings,
                    pressure,
                    log,
                    callerNode,
                    slab,
                    reclaims,
                    compaction,
                    blocks,
                    arenas,
                    owners,
                    hasEvents,
                    hasFaults,
                    cpuOptions,
                    pageAllocator,
                    hasCgroups,
                    objectCaches);
        }
    }
}
