package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.ForwardingPages;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.slab.KmemCache;

/** What could not be taken whole is not charged. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupFailuresTest {
    private static final int QUIET = GFP_KERNEL_ACCOUNT | Gfp.__GFP_NOWARN;

    @Test
    void whatFailsHalfwayIsNotCharged() {
        AtomicBoolean fails = new AtomicBoolean();
        try (CgroupKernel faulty = new CgroupKernel(
                config -> config.withReclaim(false).withPageAllocator(pages -> new FailingPages(pages, fails, 3)))) {
            SplittableRandom random = new SplittableRandom(7);
            MemoryCgroup group = faulty.group("a", 8 * MIB);
            KmemCache cache = faulty.accountCache("things", 900);
            int failed = 0;
            faulty.kernel.vmalloc();
            fails.set(true);
            for (int round = 0; round < 2000; round++) {
                failed += group.<Boolean, RuntimeException>call(() -> takeAndFree(faulty, cache, random)) ? 0 : 1;
                assertThat(round % 100 == 0 ? group.stat().pages() : 0)
                        .as("round " + round)
                        .isZero();
            }
            assertThat(failed).as("requests that failed").isBetween(100, 1900);
            fails.set(false);
            assertThat(group.stat().kernel()).isZero();
        }
    }

    @Test
    void anObjectForWhichThereIsNoSlabIsNotCharged() {
        AtomicBoolean fails = new AtomicBoolean();
        try (CgroupKernel faulty = new CgroupKernel(
                config -> config.withReclaim(false).withPageAllocator(pages -> new FailingPages(pages, fails, 1)))) {
            MemoryCgroup group = faulty.group("a", 8 * MIB);
            KmemCache cache = faulty.accountCache("things", 900);
            fails.set(true);
            assertThat(group.<Long, RuntimeException>call(() -> cache.alloc(QUIET)))
                    .isZero();
            assertThat(group.<Long, RuntimeException>call(
                            () -> faulty.kernel.kmalloc().kmalloc(20_000, QUIET)))
                    .isZero();
            assertThat(group.stat().total()).isZero();
        }
    }

    /** Now and then there is no page, or never. */
    private static final class FailingPages extends ForwardingPages {
        private final AtomicBoolean fails;
        private final int every;
        private int calls;

        FailingPages(PageAllocator pages, AtomicBoolean fails, int every) {
            super(pages);
            this.fails = fails;
            this.every = every;
        }

        @Override
        public long allocPages(int gfp, int order, int nid) {
            calls++;
            return fails.get() && calls % every == 0 ? PageFrame.NONE : super.allocPages(gfp, order, nid);
        }
    }

    private static boolean takeAndFree(CgroupKernel faulty, KmemCache cache, SplittableRandom random) {
        switch (random.nextInt(4)) {
            case 0 -> {
                long[] objects = new long[random.nextInt(1, 40)];
                if (cache.allocBulk(QUIET, objects) == 0) {
                    return false;
                }
                cache.freeBulk(objects);
                cache.shrink();
            }
            case 1 -> {
                long address = faulty.kernel.vmalloc().vmallocWith(random.nextInt(1, 9) * (long) PAGE, QUIET);
                if (address == 0) {
                    return false;
                }
                faulty.kernel.vmalloc().vfree(address);
            }
            case 2 -> {
                int order = random.nextInt(4);
                long pfn = faulty.kernel.pages().allocPages(QUIET, order);
                if (pfn == 0) {
                    return false;
                }
                faulty.kernel.pages().freePages(pfn, order);
            }
            default -> {
                long handle = faulty.kernel.percpu().allocPercpu(random.nextInt(1, 4096), 8, QUIET);
                if (handle == 0) {
                    return false;
                }
                faulty.kernel.percpu().freePercpu(handle);
            }
        }
        return true;
    }
}
