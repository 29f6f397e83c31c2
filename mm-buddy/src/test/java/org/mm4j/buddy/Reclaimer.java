package org.mm4j.buddy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntToLongFunction;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.ZoneType;

/** Keeps what an allocator under pressure asks for, and reclaims what the test says. */
final class Reclaimer implements MemoryPressure {
    record Wake(int nid, ZoneType highest, int order, int gfp) {}

    record Round(int nid, int gfp, int order) {}

    final List<Wake> wakes = new CopyOnWriteArrayList<>();
    final List<Round> rounds = new CopyOnWriteArrayList<>();
    private final IntToLongFunction pagesOfRound;
    private Runnable onWake = () -> {};
    private BooleanSupplier onOutOfMemory = () -> false;
    final AtomicInteger outOfMemory = new AtomicInteger();
    volatile long pagesReclaimable;

    /** Nothing to reclaim. */
    Reclaimer() {
        this(_ -> 0);
    }

    /** Round 1, 2, … reclaims so many pages. */
    Reclaimer(IntToLongFunction pagesOfRound) {
        this.pagesOfRound = pagesOfRound;
    }

    /** What else happens when kswapd is woken. */
    void onWake(Runnable action) {
        onWake = action;
    }

    @Override
    public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {
        wakes.add(new Wake(nid, highest, order, gfp));
        onWake.run();
    }

    @Override
    public long reclaim(int nid, int gfp, int order) {
        rounds.add(new Round(nid, gfp, order));
        return pagesOfRound.applyAsLong(rounds.size());
    }

    /** Whom the last resort ends. */
    void onOutOfMemory(BooleanSupplier action) {
        onOutOfMemory = action;
    }

    @Override
    public long pagesReclaimable(int nid) {
        return pagesReclaimable;
    }

    @Override
    public boolean outOfMemory(int nid, int gfp, int order) {
        outOfMemory.incrementAndGet();
        return onOutOfMemory.getAsBoolean();
    }
}
