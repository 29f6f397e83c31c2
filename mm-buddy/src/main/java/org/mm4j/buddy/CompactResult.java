package org.mm4j.buddy;

/**
 * How compaction ended, the better the later.
 *
 * <p>In Linux 6.18: include/linux/compaction.h, {@code enum compact_result}.
 */
enum CompactResult {
    /** Memory is too little rather than too scattered. */
    NOT_SUITABLE_ZONE,
    /** Too few free pages to move anything to, or nobody may compact for this request. */
    SKIPPED,
    /** It failed lately, and is not tried again so soon. */
    DEFERRED,
    /** No pageblock may be emptied. */
    NO_SUITABLE_PAGE,
    /** It goes on. */
    CONTINUE,
    /** The whole zone was scanned. */
    COMPLETE,
    /** A part of the zone was scanned. */
    PARTIAL_SKIPPED,
    /** Somebody else compacts this zone, or the first trouble ended it. */
    CONTENDED,
    /** There is a block now. */
    SUCCESS;

    /** The better one. */
    CompactResult or(CompactResult other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
