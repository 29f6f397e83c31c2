package org.mm4j.kernel.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_MEMALLOC;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;
import static org.mm4j.api.Gfp.__GFP_NOWARN;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.reclaim.ShrinkControl;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.Shrinker;
import org.mm4j.kernel.reclaim.ShrinkerConfig;

/** Whoever waits is interrupted again and again: he waits on, gets what he waited for, and keeps the interrupt. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterruptsTest {
    private static final int INTERRUPTS = 50;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20));

    @AfterEach
    void nothingIsLost() {
        kernel.kmalloc().kfreeRcuBarrier();
        kernel.drainAllPages();
        assertThat(kernel.validate()).isEmpty();
        assertThat(kernel.pagesInUse()).isZero();
        kernel.close();
    }

    /** Waits in a thread that is interrupted meanwhile; then somebody ends the wait. */
    private static void interrupted(LongSupplier wait, Runnable end, LongConsumer giveBack)
            throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean isKept = new AtomicBoolean();
        long[] taken = new long[1];
        Thread waiter = Thread.ofPlatform().daemon().start(() -> {
            begun.countDown();
            taken[0] = wait.getAsLong();
            isKept.set(Thread.interrupted());
        });
        begun.await();
        while (waiter.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < INTERRUPTS; i++) {
            waiter.interrupt();
            Thread.yield();
        }
        assertThat(waiter.isAlive()).as("it waits").isTrue();
        end.run();
        waiter.join();
        assertThat(taken[0]).isNotZero();
        assertThat(isKept).as("the interrupt is kept").isTrue();
        giveBack.accept(taken[0]);
    }

    private List<Long> allPages() {
        List<Long> pages = new ArrayList<>();
        int gfp = GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN; // the reserves too
        for (long pfn = kernel.pages().allocPages(gfp, 0);
                pfn != PageFrame.NONE;
                pfn = kernel.pages().allocPages(gfp, 0)) {
            pages.add(pfn);
        }
        return pages;
    }

    private void freeAll(List<Long> pages) {
        pages.forEach(pfn -> kernel.pages().freePages(pfn, 0));
    }

    @Test
    @DisplayName("a request that must not fail waits for a page")
    void nofail() throws Exception {
        List<Long> pages = allPages();
        interrupted(
                () -> kernel.pages().allocPages(GFP_KERNEL | __GFP_NOFAIL, 0),
                () -> freeAll(pages),
                pfn -> kernel.pages().freePages(pfn, 0));
    }

    @Test
    @DisplayName("a request to a pool waits for an element")
    void mempool() throws Exception {
        Mempool pool = kernel.pools().mempoolOfPages("pool", 1, 0);
        List<Long> pages = allPages();
        long last = pool.alloc(GFP_KERNEL);
        interrupted(() -> pool.alloc(GFP_KERNEL), () -> pool.free(last), pool::free);
        pool.destroy();
        freeAll(pages);
    }

    @Test
    @DisplayName("a grace period waits for a reader")
    void gracePeriod() throws Exception {
        int section = kernel.rcu().readLock();
        interrupted(
                () -> {
                    kernel.rcu().synchronize();
                    return 1;
                },
                () -> kernel.rcu().readUnlock(section),
                _ -> {});
    }

    @Test
    @DisplayName("frees after a grace period are waited for")
    void kfreeRcuBarrier() throws Exception {
        int section = kernel.rcu().readLock();
        kernel.kmalloc().kfreeRcu(kernel.kmalloc().kmalloc(100, GFP_KERNEL));
        interrupted(
                () -> {
                    kernel.kmalloc().kfreeRcuBarrier();
                    return 1;
                },
                () -> kernel.rcu().readUnlock(section),
                _ -> {});
    }

    @Test
    @DisplayName("a request that reclaims waits for a shrinker that somebody else is in")
    void reclaim() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Long> pages = allPages();
        Shrinker shrinker = kernel.reclaim().shrinkers().register(ShrinkerConfig.of("slow"), new ShrinkableObjects() {
            @Override
            public long countObjects(ShrinkControl control) {
                return pages.size();
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                awaitUninterruptibly(go);
                synchronized (pages) {
                    long freed = 0;
                    for (; freed < 32 && !pages.isEmpty(); freed++) {
                        kernel.pages().freePages(pages.removeLast(), 0);
                    }
                    return freed;
                }
            }
        });
        interrupted(
                () -> kernel.pages().allocPages(GFP_KERNEL, 0),
                go::countDown,
                pfn -> kernel.pages().freePages(pfn, 0));
        shrinker.close();
        freeAll(pages);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
