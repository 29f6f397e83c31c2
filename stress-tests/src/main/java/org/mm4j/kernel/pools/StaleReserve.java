package org.mm4j.kernel.pools;

/** A Reserve whose look without the lock is two plain loads, and no fence. */
final class StaleReserve extends Reserve {
    StaleReserve(int kept) {
        super(kept);
    }

    @Override
    boolean misses() {
        return statePlain(COUNT) < statePlain(ROOM);
    }
}
