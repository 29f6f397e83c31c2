package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.FrameRange;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.buddy.ZoneLayout;

/**
 * Room for a kernel to grow into: frames behind its last one that are offline at boot.
 *
 * <p>In Linux 6.18: mm/memory_hotplug.c, add_memory(), default_kernel_zone_for_pfn(). Differs: the frames are numbered at boot.
 */
final class MemoryGrowth {
    private MemoryGrowth() {}

    static KernelConfig reserved(KernelConfig config, long bytesMax) {
        BlockLayout blocks = config.blocks();
        long bytesOfBlock = blocks.pages() << PageFrame.PAGE_SHIFT;
        long bytes = config.memory().bytes();
        if (bytesMax < bytes || bytes % bytesOfBlock != 0 || bytesMax % bytesOfBlock != 0) {
            throw new IllegalArgumentException("a kernel that boots with " + bytes + " bytes cannot grow to " + bytesMax
                    + ": both are multiples of its memory blocks of " + bytesOfBlock
                    + " bytes, and the second is not smaller");
        }
        if (bytesMax == bytes) {
            return config;
        }
        FrameRange more = new FrameRange(bytes >>> PageFrame.PAGE_SHIFT, bytesMax >>> PageFrame.PAGE_SHIFT);
        List<FrameRange> offline =
                Stream.concat(blocks.offline().stream(), Stream.of(more)).toList();
        List<NodeLayout> nodes = new ArrayList<>(config.nodes());
        nodes.set(nodes.size() - 1, grown(nodes.getLast(), more));
        return config.withMemory(config.memory().withBytes(bytesMax))
                .withNodes(nodes)
                .withBlocks(new BlockLayout(blocks.order(), offline));
    }

    /** The last zone, if it is Normal or Movable, is longer; otherwise there is a zone Normal behind it. */
    private static NodeLayout grown(NodeLayout node, FrameRange more) {
        List<ZoneLayout> zones = new ArrayList<>(node.zones());
        ZoneLayout last = zones.stream()
                .max(Comparator.comparingLong(zone -> zone.span().endPfn()))
                .orElseThrow(() -> new IllegalArgumentException("the last node has no memory that could grow"));
        if (last.type().compareTo(ZoneType.NORMAL) < 0) {
            zones.add(ZoneLayout.of(ZoneType.NORMAL, more.startPfn(), more.endPfn()));
        } else {
            FrameRange span = new FrameRange(last.span().startPfn(), more.endPfn());
            zones.set(zones.indexOf(last), new ZoneLayout(last.type(), span, last.holes(), last.reserved()));
        }
        return new NodeLayout(node.cpus(), zones);
    }
}
