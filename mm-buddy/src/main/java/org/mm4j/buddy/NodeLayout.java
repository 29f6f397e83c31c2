package org.mm4j.buddy;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.ZoneType;

/**
 * One node: its CPUs and its zones. A node may have no CPU, or no zone.
 *
 * <p>In Linux 6.18: what mm/mm_init.c, free_area_init_node(), makes a {@code pg_data_t} of.
 *
 * @param cpus how many CPUs it has
 * @param zones its zones, each type at most once
 */
public record NodeLayout(int cpus, List<ZoneLayout> zones) {
    /** Where zone DMA ends on x86-64: at 16 MiB. */
    public static final long DMA_END_PFN = 1L << 12;
    /** Where zone DMA32 ends on x86-64: at 4 GiB. */
    public static final long DMA32_END_PFN = 1L << 20;

    /** Checks that no type occurs twice. */
    public NodeLayout {
        zones = List.copyOf(zones);
        if (cpus < 0) {
            throw new IllegalArgumentException("a node has 0 CPUs or more, not " + cpus);
        }
        long types = zones.stream().map(ZoneLayout::type).distinct().count();
        if (types < zones.size()) {
            throw new IllegalArgumentException("a node has each zone once, but here are "
                    + zones.stream().map(zone -> zone.type().kernelName()).toList());
        }
    }

    /** A node with the given zones. */
    public static NodeLayout of(int cpus, ZoneLayout... zones) {
        return new NodeLayout(cpus, List.of(zones));
    }

    /**
     * A node whose frames are cut into zones as on x86-64: DMA to 16 MiB, DMA32 to 4 GiB, NORMAL behind, and the last
     * {@code pagesMovable} frames MOVABLE.
     *
     * @throws IllegalArgumentException when the range has not so many frames
     */
    public static NodeLayout ofRange(int cpus, long startPfn, long endPfn, long pagesMovable) {
        FrameRange all = new FrameRange(startPfn, endPfn);
        if (pagesMovable < 0 || pagesMovable > all.pages()) {
            throw new IllegalArgumentException(
                    "zone Movable has 0 to " + all.pages() + " frames of this node, not " + pagesMovable);
        }
        long movableStart = endPfn - pagesMovable;
        List<ZoneLayout> zones = new ArrayList<>();
        add(zones, ZoneType.DMA, startPfn, Math.min(DMA_END_PFN, movableStart));
        add(zones, ZoneType.DMA32, Math.max(startPfn, DMA_END_PFN), Math.min(DMA32_END_PFN, movableStart));
        add(zones, ZoneType.NORMAL, Math.max(startPfn, DMA32_END_PFN), movableStart);
        add(zones, ZoneType.MOVABLE, movableStart, endPfn);
        return new NodeLayout(cpus, zones);
    }

    private static void add(List<ZoneLayout> zones, ZoneType type, long startPfn, long endPfn) {
        if (startPfn < endPfn) {
            zones.add(ZoneLayout.of(type, startPfn, endPfn));
        }
    }

    /** Managed frames of its five zones. */
    long[] managedByZone() {
        long[] managed = new long[ZoneType.COUNT];
        zones.forEach(zone -> managed[zone.type().ordinal()] = zone.pagesManaged());
        return managed;
    }

    /** Managed frames of its five zones that are online at boot. */
    long[] managedByZone(BlockLayout blocks) {
        long[] managed = managedByZone();
        zones.forEach(zone -> managed[zone.type().ordinal()] -= ZoneLayout.pages(zone.offline(blocks)));
        return managed;
    }
}
