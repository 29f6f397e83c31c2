package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BuddyConfig;

/** Threads that come and go, many more than slots, while others drain, look, and take references of anything. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CachedBuddyThreadsTest {
    private static final int FRAMES = 1 << 13;
    private static final int SLOTS = 2;
    private static final int LANES = 4;
    private static final int THREADS_OF_A_LANE = 40;
    private static final int VIRTUAL_THREADS = 500;
    private static final int STEPS = 500;
    private static final int HELD_MAX = 20;

    private final Queue<String> findings = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicIntegerArray takenBy = new AtomicIntegerArray(FRAMES);

    private static List<GateKind> present() {
        return GateKind.present();
    }

    @ParameterizedTest
    @MethodSource("present")
    void nothingIsHandedOutTwiceAndNothingIsLost(GateKind kind) throws InterruptedException {
        CachedBuddy pages = CachedBuddy.ofFrames(FRAMES, kind, SLOTS);
        List<Thread> disturbers = List.of(
                always(pages::drain),
                always(pages::decay),
                always(() -> findings.addAll(pages.buddy.validate())),
                always(new Speculator(pages)));
        List<Thread> users = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            users.add(Thread.ofPlatform().start(() -> runOneAfterTheOther(pages)));
        }
        for (int each = 0; each < VIRTUAL_THREADS; each++) {
            users.add(Thread.ofVirtual().start(new User(pages, each)));
        }
        join(users);
        isOver.set(true);
        join(disturbers);

        assertThat(findings).isEmpty();
        assertThat(pages.pagesFree() + pages.pagesCached()).isEqualTo(FRAMES);
        assertThat(pages.buddy.validate()).isEmpty();
        pages.drain();
        assertThat(pages.pagesFree()).isEqualTo(FRAMES);
        assertThat(pages.buddy.validate()).isEmpty();
    }

    private Thread always(Runnable task) {
        return Thread.ofPlatform().start(() -> {
            while (!isOver.get()) {
                guarded(task);
            }
        });
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | AssertionError e) {
            findings.add(String.valueOf(e));
        }
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void runOneAfterTheOther(CachedBuddy pages) {
        for (int number = 0; number < THREADS_OF_A_LANE; number++) {
            Thread thread = Thread.ofPlatform().start(new User(pages, number));
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Takes and gives back blocks of random orders, and holds a few; the map says whose each frame is. */
    private final class User implements Runnable {
        private final CachedBuddy pages;
        private final Random random;
        private final List<Long> held = new ArrayList<>();

        User(CachedBuddy pages, int seed) {
            this.pages = pages;
            random = new Random(seed);
        }

        @Override
        public void run() {
            guarded(() -> {
                for (int step = 0; step < STEPS; step++) {
                    if (held.size() < HELD_MAX && random.nextInt(3) > 0) {
                        take(random.nextInt(4) > 0 ? 0 : random.nextInt(4));
                    } else if (!held.isEmpty()) {
                        giveBack(held.remove(random.nextInt(held.size())));
                    }
                }
                held.forEach(this::giveBack);
            });
        }

        private void take(int order) {
            long pfn = pages.alloc(order);
            if (pfn != PageFrame.NONE) {
                mark(pfn, order, 0, 1);
                held.add(pfn << 4 | order);
            }
        }

        private void giveBack(long block) {
            long pfn = block >> 4;
            int order = (int) block & 15;
            mark(pfn, order, 1, 0);
            pages.buddy.freePages(pfn, order);
        }

        private void mark(long pfn, int order, int before, int after) {
            int frame = (int) (pfn - BuddyConfig.FIRST_PFN);
            for (int each = frame; each < frame + (1 << order); each++) {
                if (!takenBy.compareAndSet(each, before, after)) {
                    findings.add("frame " + each + " of order " + order + " was to go from " + before);
                }
            }
        }
    }

    /** Takes references of frames that it does not hold, and drops them. */
    private static final class Speculator implements Runnable {
        private final CachedBuddy pages;
        private final Random random = new Random(1);

        Speculator(CachedBuddy pages) {
            this.pages = pages;
        }

        @Override
        public void run() {
            long pfn = BuddyConfig.FIRST_PFN + random.nextInt(FRAMES);
            if (pages.buddy.tryGetPage(pfn)) {
                pages.buddy.putPage(pfn);
            }
        }
    }
}
