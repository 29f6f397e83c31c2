package org.mm4j.kernel.pools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.kernel.pools.ElementSource.NONE;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/** Requests that wait, bulk requests, resizing and interrupts over a source that mostly has nothing. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MempoolConcurrencyTest {
    private static final int THREADS = 6;
    private static final int STEPS = 8_000;

    private final CountedSource source = new CountedSource();
    private final Mempool pool = new Mempool("crowd", THREADS * 3, source, new KernelLog(), null, 1_000_000);
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Queue<Long> handedOver = new ConcurrentLinkedQueue<>();
    private final AtomicInteger steps = new AtomicInteger();
    private final Set<Long> owned = ConcurrentHashMap.newKeySet();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLost(boolean isDestroyed) throws InterruptedException {
        source.failsEvery = 50;
        source.throwsEvery = 997;
        AtomicBoolean isRunning = new AtomicBoolean(true);
        List<Thread> users = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int seed = t;
            users.add(start(t % 2 == 0, () -> use(new Random(seed), isRunning)));
        }
        Thread meddler = start(false, () -> meddle(users, isRunning));
        if (isDestroyed) {
            while (steps.get() < THREADS * STEPS / 3) {
                Thread.onSpinWait();
            }
            pool.destroy();
        }
        for (Thread user : users) {
            user.join();
        }
        isRunning.set(false);
        meddler.join();
        handedOver.forEach(this::free);
        assertThat(failures).as("seeds 0 to %d", THREADS - 1).isEmpty();
        assertThat(pool.validate()).isEmpty();
        assertThat(pool.waiting()).isZero();
        assertThat(owned).isEmpty();
        assertThat(pool.elementsOut()).isZero();
        assertThat(source.out).hasSize(isDestroyed ? 0 : pool.elementsReserved());
        pool.destroy();
        assertThat(source.out).isEmpty();
    }

    private Thread start(boolean isVirtual, Runnable body) {
        Runnable guarded = () -> {
            try {
                body.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        };
        return isVirtual
                ? Thread.ofVirtual().start(guarded)
                : Thread.ofPlatform().start(guarded);
    }

    /** At most three elements a thread, so that the reserve is enough for all, and nobody waits with what others need. */
    private void use(Random random, AtomicBoolean isRunning) {
        ArrayDeque<Long> mine = new ArrayDeque<>();
        for (int step = 0; step < STEPS && isRunning.get(); step++) {
            steps.incrementAndGet();
            try {
                if (mine.isEmpty() && random.nextBoolean()) {
                    long[] elements = new long[1 + random.nextInt(3)];
                    pool.allocBulk(Gfp.GFP_KERNEL, elements);
                    for (long element : elements) {
                        mine.add(own(element));
                    }
                } else if (mine.size() < 3 && random.nextBoolean()) {
                    boolean mayWait = mine.isEmpty();
                    long element = pool.alloc(mayWait ? Gfp.GFP_KERNEL : Gfp.GFP_ATOMIC);
                    assertThat(mayWait && element == NONE).isFalse();
                    if (element != NONE) {
                        mine.add(own(element));
                    }
                }
            } catch (IllegalStateException told) {
                if (told.getMessage().endsWith("is destroyed")) {
                    break;
                }
                assertThat(told).hasMessage("told to");
            }
            if (!mine.isEmpty() && random.nextBoolean()) {
                handedOver.add(mine.poll());
            }
            Long theirs = handedOver.poll(); // whoever adds one also takes one: none is left while somebody waits
            if (theirs != null) {
                free(theirs);
            }
            if (random.nextInt(4) == 0) {
                mine.forEach(this::free);
                mine.clear();
            }
        }
        mine.forEach(this::free);
    }

    private long own(long element) {
        assertThat(owned.add(element))
                .as("element %d is handed out once", element)
                .isTrue();
        return element;
    }

    private void free(long element) {
        assertThat(owned.remove(element)).isTrue();
        pool.free(element);
    }

    private void meddle(List<Thread> users, AtomicBoolean isRunning) {
        Random random = new Random(99);
        while (isRunning.get()) {
            users.get(random.nextInt(THREADS)).interrupt();
            try {
                pool.resize(THREADS * 3 + random.nextInt(5));
            } catch (IllegalStateException e) {
                assertThat(e.getMessage()).matches("told to|.* is destroyed");
            }
            assertThat(pool.validate()).isEmpty();
        }
    }
}
