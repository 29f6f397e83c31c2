package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.slab.SlabFlags.SLAB_NO_MERGE;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;
import org.mm4j.api.LockRank;
import org.mm4j.api.MemoryPressure;
import org.mm4j.api.PageFrame;
import org.mm4j.api.SpinLock;
import org.mm4j.api.ZoneType;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;

/** Scopes around the allocations of a whole kernel. */
class KernelContextsTest {
    private static final String BUG = "BUG: sleeping function called from invalid context at ";

    private final List<String> reclaims = new ArrayList<>();
    private LongSupplier reclaimer = () -> 0;
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20).withPressure(new MemoryPressure() {
        @Override
        public void wakeKswapd(int nid, ZoneType highest, int order, int gfp) {}

        @Override
        public long reclaim(int nid, int gfp, int order) {
            reclaims.add(Gfp.format(gfp & ~Gfp.__GFP_NOWARN));
            return reclaimer.getAsLong();
        }
    }));
    private final List<Long> taken = new ArrayList<>();

    @AfterEach
    void nothingIsLost() {
        kernel.contexts().noreclaim(() -> taken.forEach(pfn -> kernel.pages().freePages(pfn, 0)));
        assertThat(kernel.pagesInUse()).isZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    private long take(int gfp) {
        long pfn = kernel.pages().allocPages(gfp | Gfp.__GFP_NOWARN, 0);
        if (pfn != PageFrame.NONE) {
            taken.add(pfn);
        }
        return pfn;
    }

    /** All pages that an ordinary request gets. */
    private void exhaust() {
        while (take(Gfp.GFP_NOWAIT) != PageFrame.NONE) {
            // the next
        }
    }

    @Test
    void reclaimSeesTheFlagsThatTheScopesLeave() {
        exhaust();
        take(Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY);
        kernel.contexts().nofs(() -> take(Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY));
        kernel.contexts().noio(() -> take(Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY));
        take(Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY);

        assertThat(reclaims)
                .containsExactly(
                        "GFP_KERNEL|__GFP_NORETRY",
                        "GFP_NOFS|__GFP_NORETRY",
                        "GFP_NOIO|__GFP_NORETRY",
                        "GFP_KERNEL|__GFP_NORETRY");
    }

    @Test
    void noreclaimUsesTheReservesAndDoesNotReclaim() {
        exhaust();
        long without = take(Gfp.GFP_ATOMIC | Gfp.__GFP_NOMEMALLOC);
        while (without != PageFrame.NONE) {
            without = take(Gfp.GFP_ATOMIC | Gfp.__GFP_NOMEMALLOC);
        }
        long within = kernel.contexts().noreclaim(() -> take(Gfp.GFP_KERNEL));

        assertThat(within).isNotEqualTo(PageFrame.NONE);
        assertThat(kernel.contexts().noreclaim(() -> take(Gfp.GFP_KERNEL | Gfp.__GFP_NOMEMALLOC)))
                .isEqualTo(PageFrame.NONE);
        assertThat(reclaims).isEmpty();
    }

    @Test
    void reclaimDoesNotReclaim() {
        exhaust();
        List<Long> inside = new ArrayList<>();
        reclaimer = () -> {
            inside.add(take(Gfp.GFP_KERNEL));
            return 0;
        };

        assertThat(take(Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY)).isEqualTo(PageFrame.NONE);
        assertThat(reclaims).containsExactly("GFP_KERNEL|__GFP_NORETRY");
        assertThat(inside).singleElement().isNotEqualTo(PageFrame.NONE);
        assertThat(kernel.contexts().currentGfp(Gfp.GFP_KERNEL)).isEqualTo(Gfp.GFP_KERNEL);
    }

    /** It waits; what it asks of reclaim while it waits is not reclaim again. */
    @Test
    void reclaimThatMustNotFailDoesNotReclaimEither() {
        exhaust();
        reclaimer = () -> {
            take(Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL);
            return 0;
        };
        take(Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY);

        assertThat(reclaims).containsExactly("GFP_KERNEL|__GFP_NORETRY");
    }

    @Test
    void aRequestThatMayWaitIsReportedInAnAtomicScopeAndServed() {
        long pfn = kernel.contexts().atomic(() -> take(Gfp.GFP_KERNEL));

        assertThat(pfn).isNotEqualTo(PageFrame.NONE);
        assertThat(kernel.log().lines()).startsWith(BUG + "an allocation with GFP_KERNEL|__GFP_NOWARN");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"exact", "bulk", "percpu", "reserved", "segment", "kmalloc", "node", "objects", "vmalloc", "lock"
            })
    void everyEntryAsks(String entry) {
        KmemCache cache = kernel.slab().kmemCacheCreate("atomic", 64, KmemCacheArgs.NONE.withFlags(SLAB_NO_MERGE));
        cache.free(cache.alloc(Gfp.GFP_KERNEL)); // from now on there are objects that need no pages
        Runnable call = switch (entry) {
            case "exact" ->
                () -> kernel.pages().freePagesExact(kernel.pages().allocPagesExact(5000, Gfp.GFP_KERNEL), 5000);
            case "bulk" ->
                () -> {
                    long[] pfns = new long[3];
                    kernel.pages().allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
                    for (long pfn : pfns) {
                        kernel.pages().freePages(pfn, 0);
                    }
                };
            case "percpu" -> () -> kernel.percpu().freePercpu(kernel.percpu().allocPercpu(8, 8, Gfp.GFP_KERNEL));
            case "reserved" -> () -> kernel.percpu().allocReservedPercpu(8, 8);
            case "segment" -> () -> kernel.segments().free(kernel.segments().allocate(10, Gfp.GFP_KERNEL));
            case "kmalloc" -> () -> kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(64, Gfp.GFP_KERNEL));
            case "node" -> () -> cache.free(cache.allocNode(Gfp.GFP_KERNEL, 0));
            case "objects" ->
                () -> {
                    long[] objects = new long[3];
                    cache.allocBulk(Gfp.GFP_KERNEL, objects);
                    cache.freeBulk(objects);
                };
            case "vmalloc" -> () -> kernel.vmalloc().vfree(kernel.vmalloc().vmalloc(5000));
            default -> this::takeUnderALock;
        };
        if (entry.equals("lock")) {
            call.run();
        } else {
            kernel.contexts().atomic(call);
        }
        assertThat(kernel.log().lines()).first().asString().startsWith(BUG + "an allocation with GFP_KERNEL");
    }

    private void takeUnderALock() {
        SpinLock lock = new SpinLock(LockRank.SLAB_LIST);
        lock.lock();
        try {
            take(Gfp.GFP_KERNEL);
        } finally {
            lock.unlock();
        }
    }

    @Test
    void badFlagsAreNamed() {
        assertThatThrownBy(() -> kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_DMA | Gfp.__GFP_HIGHMEM, 0))
                .isInstanceOf(BadGfpException.class)
                .hasMessageContaining("GFP_DMA|__GFP_HIGHMEM contradict each other");
        assertThatThrownBy(
                        () -> kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE | Gfp.__GFP_RECLAIMABLE, 0))
                .isInstanceOf(BadGfpException.class)
                .hasMessageContaining("not both");
        exhaust();
        for (int i = 0; i < 2; i++) {
            take(Gfp.GFP_NOWAIT | Gfp.__GFP_NOFAIL);
        }
        assertThat(kernel.log().lines())
                .containsExactly("__GFP_NOFAIL without __GFP_DIRECT_RECLAIM may fail: GFP_NOWAIT|__GFP_NOFAIL");
    }

    @Test
    void mustNotFailIsForSmallOrders() {
        exhaust();
        reclaimer = () -> {
            long pages = taken.size();
            taken.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            taken.clear();
            return pages;
        };
        for (int order = 1; order <= 2; order++) {
            assertThat(kernel.log().lines()).isEmpty();
            exhaust();
            kernel.pages().freePages(kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL, order), order);
        }
        assertThat(kernel.log().lines())
                .containsExactly("__GFP_NOFAIL with order 2 may wait for ever; it is meant for orders 0 and 1: "
                        + "GFP_KERNEL|__GFP_NOFAIL");
    }
}
