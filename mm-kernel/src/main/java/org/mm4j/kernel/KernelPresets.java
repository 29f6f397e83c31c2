package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.buddy.ZoneLayout;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.kernel.arena.ArenaOptions;
import org.mm4j.kernel.reclaim.CompactionOptions;
import org.mm4j.memory.HostCpus;
import org.mm4j.memory.MemoryOptions;
import org.mm4j.slab.SlabEngineKind;

/** How the presets of {@link KernelConfig} are made. */
final class KernelPresets {
    /** Frame 0 is never handed out, so zones begin with the next. */
    private static final long FIRST_PFN = 1;

    private static final long BYTES_MIN = 1 << 20;

    private KernelPresets() {}

    static KernelConfig library(long bytes) {
        MemoryOptions memory = MemoryOptions.defaults().withBytes(bytes);
        boolean canOwn = HostCpus.membarrier().isPresent();
        ZoneLayout all = ZoneLayout.of(ZoneType.NORMAL, FIRST_PFN, frames(memory));
        return ofMemory(memory, 1)
                .withNodes(List.of(NodeLayout.of(Runtime.getRuntime().availableProcessors(), all)))
                .withSettings(ZoneSettings.NO_RESERVES)
                .withSlab(SlabOptions.LIBRARY.withEngine(canOwn ? SlabEngineKind.OWNED : SlabEngineKind.CPU_SLAB));
    }

    static KernelConfig study(long bytes) {
        MemoryOptions memory = MemoryOptions.defaults().withBytes(bytes);
        long half = frames(memory) / 2 & -(long) PageFrame.MAX_ORDER_NR_PAGES;
        return ofMemory(memory, 2)
                .withNodes(List.of(
                        NodeLayout.ofRange(2, FIRST_PFN, half, 0), NodeLayout.ofRange(2, half, frames(memory), 0)))
                .withSlab(SlabOptions.DEFAULT.withDebug("FZPU"))
                .withReclaim(false)
                .withArenas(ArenaOptions.CHECKED)
                .withOwners(OwnerTracking.STACKS)
                .withEvents(true)
                .withCpus(CpuOptions.FIXED);
    }

    static KernelConfig ofMemory(MemoryOptions memory, int nodes) {
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
                CompactionOptions.DEFAULT,
                BlockLayout.DEFAULT,
                ArenaOptions.DEFAULT,
                OwnerTracking.LABELS,
                false,
                false,
                CpuOptions.ofHost(),
                UnaryOperator.identity(),
                false,
                null);
    }

    /** How many frames a memory has that is large enough. */
    static long frames(MemoryOptions memory) {
        if (memory.bytes() < BYTES_MIN) {
            throw new IllegalArgumentException("a kernel needs " + BYTES_MIN + " bytes or more, not " + memory.bytes());
        }
        return memory.bytes() >>> PageFrame.PAGE_SHIFT;
    }
}
