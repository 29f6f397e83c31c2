package org.mm4j.buddy;

import java.util.Comparator;
import java.util.List;
import org.mm4j.api.ZoneType;

/**
 * Where one zone of a node lies, and which of its frames it does not have or does not hand out.
 *
 * <p>In Linux 6.18: mm/mm_init.c, calculate_node_totalpages(); the reserved frames are those of mm/memblock.c.
 *
 * @param type which zone
 * @param span from its first to its last frame
 * @param holes frames that do not exist; they do not overlap
 * @param reserved frames that exist and are never handed out; they overlap neither each other nor a hole
 */
public record ZoneLayout(ZoneType type, FrameRange span, List<FrameRange> holes, List<FrameRange> reserved) {
    /** Checks that holes and reserved frames lie in the zone and do not overlap. */
    public ZoneLayout {
        holes = List.copyOf(holes);
        reserved = List.copyOf(reserved);
        if (type == ZoneType.DEVICE) {
            throw new IllegalArgumentException("zone Device has no frames to hand out");
        }
        List<FrameRange> cuts = cuts(holes, reserved);
        for (int each = 0; each < cuts.size(); each++) {
            FrameRange cut = cuts.get(each);
            if (!span.contains(cut) || (each > 0 && cuts.get(each - 1).overlaps(cut))) {
                throw new IllegalArgumentException("frames " + cut.startPfn() + " to " + cut.endPfn()
                        + " are outside of zone " + type.kernelName() + ", or overlap others that it leaves out");
            }
        }
    }

    /** A zone without holes that hands out all of its frames. */
    public static ZoneLayout of(ZoneType type, long startPfn, long endPfn) {
        return new ZoneLayout(type, new FrameRange(startPfn, endPfn), List.of(), List.of());
    }

    /** The same with other holes. */
    public ZoneLayout withHoles(FrameRange... ranges) {
        return new ZoneLayout(type, span, List.of(ranges), reserved);
    }

    /** The same with other reserved frames. */
    public ZoneLayout withReserved(FrameRange... ranges) {
        return new ZoneLayout(type, span, holes, List.of(ranges));
    }

    /** Frames that exist. */
    public long pagesPresent() {
        return span.pages() - pages(holes);
    }

    /** Frames that are handed out; frame 0 never is. */
    public long pagesManaged() {
        return pagesPresent() - pages(reserved) - (handsOutFrame0() ? 1 : 0);
    }

    private boolean handsOutFrame0() {
        return span.startPfn() == 0 && cuts().stream().noneMatch(cut -> cut.startPfn() == 0);
    }

    /** Everything that is not handed out, by address. */
    List<FrameRange> cuts() {
        return cuts(holes, reserved);
    }

    /** Everything that is not handed out at boot, by address. */
    List<FrameRange> cuts(BlockLayout blocks) {
        return java.util.stream.Stream.concat(cuts().stream(), offline(blocks).stream())
                .sorted(Comparator.comparingLong(FrameRange::startPfn))
                .toList();
    }

    /**
     * What is offline of this zone at boot.
     *
     * @throws IllegalArgumentException when it has a hole or a reserved frame in it
     */
    List<FrameRange> offline(BlockLayout blocks) {
        List<FrameRange> offline = blocks.offline().stream()
                .filter(range -> range.overlaps(span))
                .map(range -> new FrameRange(
                        Math.max(range.startPfn(), span.startPfn()), Math.min(range.endPfn(), span.endPfn())))
                .toList();
        for (FrameRange range : offline) {
            if (range.startPfn() == 0 || cuts().stream().anyMatch(range::overlaps)) {
                throw new IllegalArgumentException("frames " + range.startPfn() + " to " + range.endPfn()
                        + " cannot be offline: some of them do not exist, or are never handed out");
            }
        }
        return offline;
    }

    private static List<FrameRange> cuts(List<FrameRange> holes, List<FrameRange> reserved) {
        return java.util.stream.Stream.concat(holes.stream(), reserved.stream())
                .sorted(Comparator.comparingLong(FrameRange::startPfn))
                .toList();
    }

    static long pages(List<FrameRange> ranges) {
        return ranges.stream().mapToLong(FrameRange::pages).sum();
    }
}
