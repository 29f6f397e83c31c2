package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;

/** Many threads, each in random scopes of its own, over one kernel; each counts along what must hold. */
class ContextsThreadsTest {
    private static final int PLATFORM = 4;
    private static final int VIRTUAL = 100;
    private static final int DEPTH = 6;
    private static final int ROUNDS = 40;

    private final ConcurrentLinkedQueue<String> findings = new ConcurrentLinkedQueue<>();

    /** What a walker expects at one place. */
    private record Expected(boolean noio, boolean nofs, boolean noreclaim, boolean pin, int atomic, int interrupt) {
        static final Expected PROCESS = new Expected(false, false, false, false, 0, 0);

        int gfp(int asked) {
            int left = noio ? asked & ~(Gfp.__GFP_IO | Gfp.__GFP_FS) : asked;
            left = nofs ? left & ~Gfp.__GFP_FS : left;
            left = pin ? left & ~Gfp.__GFP_MOVABLE : left;
            return noreclaim ? (left | Gfp.__GFP_MEMALLOC) & ~Gfp.__GFP_DIRECT_RECLAIM : left;
        }

        Context context() {
            return interrupt > 0 ? Context.INTERRUPT : atomic > 0 ? Context.ATOMIC : Context.PROCESS;
        }
    }

    private final class Walker implements Runnable {
        private final Kernel kernel;
        private final long seed;
        private final Random random;

        Walker(Kernel kernel, long seed) {
            this.kernel = kernel;
            this.seed = seed;
            random = new Random(seed);
        }

        @Override
        public void run() {
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    walk(Expected.PROCESS, DEPTH);
                }
            } catch (Throwable e) {
                findings.add("seed " + seed + ": " + e);
            }
        }

        private void walk(Expected here, int depth) {
            check(here);
            if (depth == 0) {
                return;
            }
            Contexts contexts = kernel.contexts();
            Expected e = here;
            switch (random.nextInt(7)) {
                case 0 ->
                    contexts.noio(() ->
                            walk(new Expected(true, e.nofs, e.noreclaim, e.pin, e.atomic, e.interrupt), depth - 1));
                case 1 ->
                    contexts.nofs(() ->
                            walk(new Expected(e.noio, true, e.noreclaim, e.pin, e.atomic, e.interrupt), depth - 1));
                case 2 ->
                    contexts.noreclaim(
                            () -> walk(new Expected(e.noio, e.nofs, true, e.pin, e.atomic, e.interrupt), depth - 1));
                case 3 ->
                    contexts.pin(() ->
                            walk(new Expected(e.noio, e.nofs, e.noreclaim, true, e.atomic, e.interrupt), depth - 1));
                case 4 ->
                    contexts.atomic(() -> walk(
                            new Expected(e.noio, e.nofs, e.noreclaim, e.pin, e.atomic + 1, e.interrupt), depth - 1));
                case 5 ->
                    contexts.interrupt(() ->
                            walk(new Expected(e.noio, e.nofs, false, e.pin, e.atomic, e.interrupt + 1), depth - 1));
                default -> walk(here, depth - 1);
            }
            check(here);
        }

        private void check(Expected here) {
            if (random.nextInt(4) == 0) {
                Thread.yield();
            }
            int asked = Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE;
            int got = kernel.contexts().currentGfp(asked);
            if (got != here.gfp(asked) || kernel.contexts().context() != here.context()) {
                findings.add("seed " + seed + ": " + Gfp.format(got) + " in "
                        + kernel.contexts().context() + ", expected " + here);
            }
            long pfn = kernel.pages().allocPages(Gfp.GFP_NOWAIT, 0);
            if (pfn != PageFrame.NONE) {
                kernel.pages().freePages(pfn, 0);
            }
        }
    }

    @RepeatedTest(3)
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void everyThreadSeesItsOwnScopes() throws InterruptedException {
        long seed = System.nanoTime();
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20))) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < PLATFORM + VIRTUAL; i++) {
                Thread.Builder builder = i < PLATFORM ? Thread.ofPlatform() : Thread.ofVirtual();
                threads.add(builder.unstarted(new Walker(kernel, seed + i)));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }

            assertThat(findings).isEmpty();
            assertThat(kernel.log().lines()).isEmpty();
            assertThat(kernel.pagesInUse()).isZero();
            assertThat(kernel.validate()).isEmpty();
        }
    }
}
