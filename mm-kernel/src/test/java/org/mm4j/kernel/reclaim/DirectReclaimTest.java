package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

/** All threads are in direct reclaim at the same moment, and allocate there, whatever their flags; nobody waits for ever. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DirectReclaimTest {
    private static final int USERS = 4;
    private static final int STEPS = 200;
    private static final int GFP = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;

    private static final int[] FLAGS = {
        Gfp.__GFP_HIGH,
        Gfp.__GFP_IO,
        Gfp.__GFP_FS,
        Gfp.__GFP_DIRECT_RECLAIM,
        Gfp.__GFP_KSWAPD_RECLAIM,
        Gfp.__GFP_RETRY_MAYFAIL,
        Gfp.__GFP_NORETRY,
        Gfp.__GFP_NOMEMALLOC,
        Gfp.__GFP_MOVABLE,
        Gfp.__GFP_NOFAIL
    };

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20).withFaults(true));
    private final ShrinkablePages pages = new ShrinkablePages(kernel.pages());
    private final CyclicBarrier allInside = new CyclicBarrier(USERS);
    private final AtomicInteger meetings = new AtomicInteger();
    private final ThreadLocal<Random> user = new ThreadLocal<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** Frees pages; users meet in it, and each allocates with flags of its own before it goes on. */
    private final class MeetingPlace implements ShrinkableObjects {
        @Override
        public long countObjects(ShrinkControl control) {
            return pages.countObjects(control);
        }

        @Override
        public long scanObjects(ShrinkControl control) {
            Random random = user.get();
            if (random != null) { // not kswapd
                meet();
                use(random);
            }
            return pages.scanObjects(control);
        }

        private void meet() {
            try {
                if (allInside.await(50, TimeUnit.MILLISECONDS) == 0) {
                    meetings.incrementAndGet();
                }
            } catch (TimeoutException | BrokenBarrierException e) {
                allInside.reset(); // the others are not in reclaim now
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Takes something of every kind, and gives it back. */
    private void use(Random random) {
        int gfp = gfp(random);
        int order = (gfp & Gfp.__GFP_NOFAIL) == 0 ? random.nextInt(4) : 0;
        long pfn = in(random, () -> kernel.pages().allocPages(gfp, order));
        long object = in(random, () -> kernel.kmalloc().kmalloc(8 << random.nextInt(10), gfp));
        long copies = in(random, () -> kernel.percpu().allocPercpu(64, 8, gfp & ~Gfp.__GFP_NOFAIL));
        long area = in(random, () -> kernel.vmalloc().vmallocWith(8192, GFP));
        kernel.vmalloc().vfree(area);
        kernel.percpu().freePercpu(copies);
        if (object != 0) {
            kernel.kmalloc().kfree(object);
        }
        if (pfn != PageFrame.NONE) {
            kernel.pages().freePages(pfn, order);
        }
    }

    private static int gfp(Random random) {
        int gfp = Gfp.__GFP_NOWARN;
        for (int flag : FLAGS) {
            gfp |= random.nextInt(3) == 0 ? flag : 0;
        }
        boolean isNofail = (gfp & Gfp.__GFP_NOFAIL) != 0;
        return isNofail ? (gfp | Gfp.__GFP_DIRECT_RECLAIM) & ~(Gfp.__GFP_NORETRY | Gfp.__GFP_NOMEMALLOC) : gfp;
    }

    private long in(Random random, Supplier<Long> request) {
        return switch (random.nextInt(4)) {
            case 0 -> kernel.contexts().nofs(() -> request.get());
            case 1 -> kernel.contexts().noio(() -> request.get());
            default -> request.get();
        };
    }

    private void work(Random random) {
        user.set(random);
        List<Long> held = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            long pfn = kernel.pages().allocPages(GFP, 0);
            if (pfn != PageFrame.NONE) {
                held.add(pfn);
            }
            use(random);
            for (int page = 0; page < 32; page++) {
                pages.keepOne(Gfp.__GFP_NOWARN); // memory is short again at once
            }
        }
        held.forEach(pfn -> kernel.pages().freePages(pfn, 0));
    }

    @Test
    @DisplayName("all threads in direct reclaim at once, any mix of flags, and faults: it comes to an end")
    void noDeadlock() throws InterruptedException {
        long seed = System.nanoTime();
        kernel.vmalloc(); // which reserves addresses, and must not be made to fail
        kernel.reclaim().shrinkers().register(ShrinkerConfig.of("meeting").ofPages(), new MeetingPlace());
        FaultAttributes rare = FaultAttributes.ofRate("1/100").withVerbose(0);
        kernel.faults().set(FaultPoint.FAILSLAB, rare);
        kernel.faults().set(FaultPoint.FAIL_PAGE_ALLOC, rare);
        kernel.faults().set(FaultPoint.FAIL_TRYLOCK, rare);
        kernel.faults().set(FaultPoint.FAIL_MAP, rare);
        pages.keepAll(Gfp.__GFP_NOWARN);
        List<Thread> threads = new ArrayList<>();
        for (int number = 0; number < USERS; number++) {
            Random random = new Random(seed + number);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    work(random);
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(meetings).as("moments with all threads in direct reclaim").hasPositiveValue();
        assertThat(kernel.faults().faults()).isPositive();
        end();
    }

    private void end() {
        kernel.faults().setAll(FaultAttributes.NONE);
        pages.freeAll();
        kernel.vmalloc().vmUnmapAliases();
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }
}
