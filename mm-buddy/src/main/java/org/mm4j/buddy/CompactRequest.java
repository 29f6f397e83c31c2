package org.mm4j.buddy;

/**
 * A block that compaction is to make, and the block if it could be kept from everybody else. For one thread.
 *
 * <p>In Linux 6.18: {@code struct compact_control} and {@code struct capture_control}.
 */
final class CompactRequest {
    private final ZoneList list;
    private final int order;
    private final int flags;
    private final long wanted;
    private final int gfp;
    private int captured = FreeAreas.NONE;

    /**
     * A request.
     *
     * @param list the zones to compact
     * @param order of the block
     * @param flags of {@link AllocFlags}, whose watermark says what has to stay free
     * @param wanted the word of the block in use
     * @param gfp as it was asked for
     */
    CompactRequest(ZoneList list, int order, int flags, long wanted, int gfp) {
        this.list = list;
        this.order = order;
        this.flags = flags;
        this.wanted = wanted;
        this.gfp = gfp;
    }

    ZoneList list() {
        return list;
    }

    int order() {
        return order;
    }

    int flags() {
        return flags;
    }

    int gfp() {
        return gfp;
    }

    /** The mobility of the request. */
    int type() {
        return FrameWord.type(wanted);
    }

    long wanted() {
        return wanted;
    }

    /** The block is the caller's, and in use. */
    void capture(int frame) {
        captured = frame;
    }

    boolean hasCaptured() {
        return captured != FreeAreas.NONE;
    }

    /** The block that was captured, which is the caller's from now on; or none. */
    int takeCaptured() {
        int frame = captured;
        captured = FreeAreas.NONE;
        return frame;
    }
}
