package org.mm4j.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** Threads that take and give back at the same time, what others took, too. */
final class Crowd {
    /** What is taken from. */
    interface Shop {
        /** Takes something, or 0. */
        long take(SplittableRandom random);

        /** Gives it back. */
        void giveBack(long taken);
    }

    private static final int HELD_MAX = 200;

    private Crowd() {}

    static void run(int threads, int steps, Shop shop) {
        Set<Long> owned = ConcurrentHashMap.newKeySet();
        ConcurrentLinkedQueue<Long> held = new ConcurrentLinkedQueue<>();
        Executor executor = work -> Thread.ofPlatform().start(work);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int seed = 0; seed < threads; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            all.add(CompletableFuture.runAsync(
                    () -> {
                        for (int step = 0; step < steps; step++) {
                            step(shop, owned, held, random);
                        }
                    },
                    executor));
        }
        all.forEach(CompletableFuture::join);
        for (Long left = held.poll(); left != null; left = held.poll()) {
            shop.giveBack(left);
        }
    }

    private static void step(Shop shop, Set<Long> owned, ConcurrentLinkedQueue<Long> held, SplittableRandom random) {
        if (random.nextBoolean() && owned.size() < HELD_MAX) {
            long taken = shop.take(random);
            if (taken != 0) {
                assertThat(owned.add(taken)).as("%d has one owner", taken).isTrue();
                held.add(taken);
            }
        } else {
            Long mine = held.poll();
            if (mine != null) {
                owned.remove(mine);
                shop.giveBack(mine);
            }
        }
    }
}
