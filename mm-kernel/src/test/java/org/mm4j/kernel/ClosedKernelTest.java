package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.ForwardingPages;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.kernel.PublicCalls.Outcome;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.pools.DmaPool;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.pools.PageFragCache;
import org.mm4j.kernel.reclaim.ShrinkableObjects;
import org.mm4j.kernel.reclaim.ShrinkerConfig;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.PrefilledSheaf;

/** What a kernel gave out, after its end: every call is answered with a sentence, or with what is true of nothing. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosedKernelTest {
    private static final KernelConfig CONFIG =
            KernelConfig.ofBytes(64 << 20).withCgroups(true).withFaults(true);

    /** Methods that take memory, or that make or register something. */
    private static final Pattern TAKES = Pattern.compile("k?v?[mcz]?alloc.*|getFree.*|getZeroed.*|getDma.*|open[A-Z].*"
            + "|register.*|create|kmemCacheCreate.*|prefill.*|mempoolOf.*|dmaPool|pageFrag.*|kmemBuckets|blobCache");

    /** Those whose name says so, but which only ask, or give a number. */
    private static final Pattern ONLY_ASKS = Pattern.compile("allocTraces|kmallocSizeRoundup|registerOwner");

    /** Calls with memory that was live. */
    private final TreeMap<String, ThrowingCallable> calls = new TreeMap<>();

    private final PublicCalls all = new PublicCalls();
    private final Kernel kernel = Kernel.boot(CONFIG);
    private final long[] live = new long[6];

    private void use() throws IllegalAccessException {
        KmemCache cache = Objects.requireNonNull(kernel.slab().kmemCacheCreate("probe", 100, 0, 0));
        PrefilledSheaf sheaf = Objects.requireNonNull(cache.prefillSheaf(Gfp.GFP_KERNEL, 4));
        Mempool mempool = kernel.pools().mempoolOfPages("pages", 2, 0);
        PageFragCache fragments = kernel.pools().pageFragCache();
        DmaPool blocks = kernel.pools().dmaPool("blocks", 64, 64, 0);
        int i = 0;
        live[i++] = cache.alloc(Gfp.GFP_KERNEL);
        live[i++] = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
        live[i++] = kernel.kmalloc().kmalloc(100_000, Gfp.GFP_KERNEL);
        live[i++] = kernel.vmalloc().vmalloc(30_000);
        live[i++] = kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
        live[i] = kernel.percpu().allocPercpu(64, 8);
        long fragment = fragments.alloc(100, Gfp.GFP_KERNEL);
        long block = blocks.alloc(Gfp.GFP_KERNEL);
        var slab = kernel.slab();
        var kmalloc = kernel.kmalloc();
        var kvmalloc = kernel.kvmalloc();
        var vmalloc = kernel.vmalloc();
        var pages = kernel.pages();
        var buddy = kernel.buddy();
        var percpu = kernel.percpu();
        var pools = kernel.pools();
        var reclaim = kernel.reclaim();
        var segments = kernel.segments();
        var cgroups = kernel.cgroups();
        var addresses = kernel.addresses();
        var arenas = kernel.arenas();
        var buckets = pools.kmemBuckets("bucket");
        long page = addresses.getFreePage(Gfp.GFP_KERNEL);
        calls.put("cache.alloc", () -> cache.alloc(Gfp.GFP_KERNEL));
        calls.put("cache.free", () -> cache.free(live[0]));
        calls.put("sheaf.alloc", () -> sheaf.alloc(Gfp.GFP_KERNEL));
        calls.put("sheaf.close", sheaf::close);
        calls.put("kmalloc", () -> kmalloc.kmalloc(100, Gfp.GFP_KERNEL));
        calls.put("kmalloc, large", () -> kmalloc.kmalloc(100_000, Gfp.GFP_KERNEL));
        calls.put("kfree", () -> kmalloc.kfree(live[1]));
        calls.put("kfree, large", () -> kmalloc.kfree(live[2]));
        calls.put("kvmalloc", () -> kvmalloc.kvmalloc(1 << 20, Gfp.GFP_KERNEL));
        calls.put("kvfree", () -> kvmalloc.kvfree(live[1]));
        calls.put("vmalloc", () -> vmalloc.vmalloc(30_000));
        calls.put("vfree", () -> vmalloc.vfree(live[3]));
        calls.put("allocPages", () -> pages.allocPages(Gfp.GFP_KERNEL, 0));
        calls.put("allocPages of the zones", () -> buddy.allocPages(Gfp.GFP_KERNEL, 3));
        calls.put("allocPagesExact", () -> pages.allocPagesExact(5000, Gfp.GFP_KERNEL));
        calls.put("allocPagesBulk", () -> pages.allocPagesBulk(Gfp.GFP_KERNEL, 0, new long[3]));
        calls.put("allocContigRange", () -> buddy.allocContigRange(1024, 1536, Gfp.GFP_KERNEL));
        calls.put("freePages", () -> pages.freePages(live[4], 0));
        calls.put("getPage", () -> pages.getPage(live[4]));
        calls.put("putPage", () -> pages.putPage(live[4]));
        calls.put("getFreePage", () -> addresses.getFreePage(Gfp.GFP_KERNEL));
        calls.put("freePage", () -> addresses.freePage(page));
        calls.put("segments", () -> segments.allocate(5000, Gfp.GFP_KERNEL));
        calls.put("allocPercpu", () -> percpu.allocPercpu(64, 8));
        calls.put("freePercpu", () -> percpu.freePercpu(live[5]));
        calls.put("mempool.alloc", () -> mempool.alloc(Gfp.GFP_KERNEL));
        calls.put("fragments.alloc", () -> fragments.alloc(100, Gfp.GFP_KERNEL));
        calls.put("fragments.free", () -> fragments.free(fragment));
        calls.put("blocks.alloc", () -> blocks.alloc(Gfp.GFP_KERNEL));
        calls.put("blocks.free", () -> blocks.free(block));
        calls.put("buckets.alloc", () -> buckets.alloc(100, Gfp.GFP_KERNEL));
        calls.put("kmemCacheCreate", () -> slab.kmemCacheCreate("late", 100, 0, 0));
        calls.put("pools.pageFragCache", pools::pageFragCache);
        calls.put("pools.dmaPool", () -> pools.dmaPool("late", 64, 64, 0));
        calls.put("pools.mempoolOfKmalloc", () -> pools.mempoolOfKmalloc("late", 1, 64));
        calls.put("pools.kmemBuckets", () -> pools.kmemBuckets("late"));
        calls.put(
                "shrinkers",
                () -> reclaim.shrinkers()
                        .register(ShrinkerConfig.of("late"), PublicCalls.nothing(ShrinkableObjects.class)));
        calls.put("oom", () -> reclaim.oom().register("late", 0, () -> 0, () -> {}));
        calls.put("cgroups", () -> cgroups.create("late", CgroupLimits.ofMax(1 << 20)));
        calls.put("openShared", () -> arenas.openShared("late"));
        calls.put("openConfined", () -> arenas.openConfined("late"));
        List.of(cache, sheaf, mempool, fragments, blocks, buckets, pools)
                .forEach(o -> all.add(o.getClass().getSimpleName(), o));
        all.add("arena", kernel.openArena("probe"));
        all.add("blobs", kernel.blobCache("blobs", 1 << 20, _ -> MemorySegment.ofArray(new byte[100])));
        all.add("fragCaches", pools.pageFragCaches());
        all.add("segmentsOf", kernel.segmentsOf(cache, Gfp.GFP_KERNEL));
        all.add("cgroup", cgroups.create("probe", CgroupLimits.ofMax(1 << 20)));
        all.add("kernel", kernel);
        all.addAnswers();
    }

    @Test
    void callsThatTakeOrGiveBackSayThatItIsClosed() throws IllegalAccessException {
        use();
        kernel.close();
        calls.forEach((name, call) -> assertThatThrownBy(call)
                .as(name)
                .isInstanceOfAny(IllegalStateException.class, IllegalArgumentException.class)
                .hasMessageMatching(".*(is closed|has been destroyed|in no slab|is freed|is in no chunk|no area).*"));
    }

    @Test
    void everyPublicCallIsAnsweredAndNoneGivesMemory() throws IllegalAccessException {
        use();
        kernel.close();
        assertThat(all.names()).hasSizeGreaterThan(40);
        List<Outcome> outcomes =
                all.all(new long[] {64, 0, live[0], live[2], live[3], live[4], live[5]}, new int[] {0, 1});
        TreeSet<String> bad = new TreeSet<>();
        for (Outcome outcome : outcomes) {
            Throwable thrown = outcome.thrown();
            if (thrown != null && !isSentence(thrown)) {
                bad.add(outcome.call() + " -> " + thrown);
            } else if (thrown == null && gives(outcome)) {
                bad.add(outcome.call() + " -> " + outcome.result());
            }
        }
        assertThat(bad).isEmpty();
    }

    private static boolean isSentence(Throwable thrown) {
        boolean isRefusal = thrown instanceof AllocationFailure
                || thrown instanceof IndexOutOfBoundsException
                || thrown instanceof IllegalStateException
                || thrown instanceof IllegalArgumentException
                || thrown instanceof UnsupportedOperationException;
        return isRefusal && String.valueOf(thrown.getMessage()).contains(" ");
    }

    private static boolean gives(Outcome outcome) {
        String name = outcome.method().getName();
        if (!TAKES.matcher(name).matches() || ONLY_ASKS.matcher(name).matches()) {
            return false;
        }
        return switch (outcome.result()) {
            case null -> outcome.method().getReturnType() == void.class;
            case Boolean did -> did;
            case Number address -> address.longValue() != 0 && address.longValue() != Kmalloc.ZERO_SIZE_PTR;
            default -> true;
        };
    }

    @Test
    void closingInsideOfAReadSectionIsRefusedAndChangesNothing() {
        int section = kernel.rcu().readLock();
        assertThatThrownBy(kernel::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("read section");
        long object = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
        kernel.kmalloc().kfree(object);
        assertThat(object).isNotZero();
        assertThat(kernel.validate()).isEmpty();
        kernel.rcu().readUnlock(section);
        kernel.close();
    }

    /** Waits in its first free, once it is armed. */
    private static final class SlowPages extends ForwardingPages {
        private final CountDownLatch freeing = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean isArmed;

        SlowPages(PageAllocator pages) {
            super(pages);
        }

        @Override
        public void freePages(long pfn, int order) {
            if (isArmed) {
                isArmed = false;
                freeing.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            super.freePages(pfn, order);
        }
    }

    @Test
    void twoThreadsThatCloseAtOnceDoNotBothEndIt() throws InterruptedException {
        SlowPages[] slow = new SlowPages[1];
        Kernel contended = Kernel.boot(KernelConfig.ofBytes(32 << 20).withPageAllocator(zones -> {
            slow[0] = new SlowPages(zones);
            return slow[0];
        }));
        contended.kmalloc().kfree(contended.kmalloc().kmalloc(100, Gfp.GFP_KERNEL));
        slow[0].isArmed = true;
        Thread other = Thread.ofPlatform().start(contended::close);
        slow[0].freeing.await();
        assertThatThrownBy(contended::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("being closed");
        slow[0].goOn.countDown();
        other.join();
        assertThatThrownBy(contended::pages).hasMessage("the kernel is closed");
        contended.close();
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    @Test
    void noBytesOfNoMemoryAreAnEmptySegment() {
        assertThat(kernel.kvmalloc().segment(0, 0).byteSize()).isZero();
        assertThat(kernel.kvmalloc().segment(Kmalloc.ZERO_SIZE_PTR, 0).byteSize())
                .isZero();
    }
}
