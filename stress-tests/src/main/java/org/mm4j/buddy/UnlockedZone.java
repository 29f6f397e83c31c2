package org.mm4j.buddy;

/** A zone that takes and frees as the shipped one does, and forgets its lock. */
final class UnlockedZone {
    private final Zone zone;

    UnlockedZone(Zone zone) {
        this.zone = zone;
    }

    int take(long wanted, int flags, boolean hit, boolean local) {
        try {
            int frame = zone.buddies().take(FrameWord.order(wanted), FrameWord.type(wanted));
            if (frame != Zone.NONE) {
                zone.map().setWordOpaque(frame, wanted);
                zone.counters().countAllocations(1, hit, local);
            }
            return frame;
        } catch (IndexOutOfBoundsException torn) {
            return Zone.NONE; // links that somebody changed on the way
        }
    }

    void free(int frame, int order) {
        try {
            zone.buddies().free(frame, order, false);
        } catch (IndexOutOfBoundsException torn) {
            // the frames are lost, as the count shows
        }
    }
}
