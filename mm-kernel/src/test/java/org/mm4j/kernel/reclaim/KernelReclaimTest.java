package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

/** A small kernel whose memory is used up: who gets pages all the same, and how. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelReclaimTest {
    private static final int KERNEL = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
    private static final int NOFAIL = KERNEL | Gfp.__GFP_NOFAIL;
    /** Takes what an ordinary request can have, and wakes nobody. */
    private static final int QUIET = Gfp.__GFP_NOWARN;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20));
    private final ShrinkablePages pages = new ShrinkablePages(kernel.pages());

    @AfterEach
    void close() {
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
        assertThat(kernel.log().lines())
                .filteredOn(line -> line.contains("a shrinker failed"))
                .isEmpty();
    }

    private Shrinker register() {
        return kernel.reclaim()
                .shrinkers()
                .register(ShrinkerConfig.of("pages").ofPages().withBatch(32), pages);
    }

    private List<ZoneSnapshot> zones() {
        return kernel.nodes().getFirst().zones().stream()
                .filter(ZoneSnapshot::isPopulated)
                .toList();
    }

    private long pagesFree() {
        return zones().stream().mapToLong(ZoneSnapshot::pagesFree).sum();
    }

    private long min() {
        return zones().stream().mapToLong(zone -> zone.watermarks().min()).sum();
    }

    @Test
    @DisplayName("a request that would fail succeeds through reclaim")
    void reclaimServes() {
        pages.keepAll(QUIET);
        assertThat(kernel.pages().allocPages(KERNEL, 0)).isEqualTo(PageFrame.NONE);
        register();
        long pfn = kernel.pages().allocPages(KERNEL & ~Gfp.__GFP_KSWAPD_RECLAIM, 0);
        assertThat(pfn).isNotEqualTo(PageFrame.NONE);
        kernel.pages().freePages(pfn, 0);
        assertThat(kernel.reclaim().snapshot().directRuns()).isPositive();
        assertThat(kernel.reclaim().snapshot().pagesReclaimedDirect()).isGreaterThanOrEqualTo(32);
        pages.freeAll();
    }

    @Test
    @DisplayName("a kernel without reclaim asks nobody")
    void withoutReclaim() {
        try (Kernel plain = Kernel.boot(KernelConfig.ofBytes(16 << 20).withReclaim(false))) {
            ShrinkablePages all = new ShrinkablePages(plain.pages());
            plain.reclaim().shrinkers().register(ShrinkerConfig.of("pages").ofPages(), all);
            all.keepAll(QUIET);
            assertThat(plain.pages().allocPages(KERNEL, 0)).isEqualTo(PageFrame.NONE);
            assertThat(plain.reclaim().isKswapdRunning(0)).isFalse();
            all.freeAll();
        }
    }

    @Test
    @DisplayName("a request that must not fail waits until somebody frees, and gets it")
    void nofailWaits() throws Exception {
        pages.keepAll(QUIET | Gfp.__GFP_MEMALLOC);
        FutureTask<Long> request = new FutureTask<>(() -> kernel.pages().allocPages(NOFAIL, 0));
        Thread thread = Thread.ofPlatform().start(request);
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(request.isDone()).isFalse();
            Thread.onSpinWait();
        }
        pages.freeAll();
        assertThat(request.get()).isNotEqualTo(PageFrame.NONE);
        kernel.pages().freePages(request.get(), 0);
        thread.join();
    }

    @Test
    @DisplayName("an atomic request goes three eighths of the minimum deep, and reclaims nothing itself")
    void atomicDips() {
        pages.keepAll(QUIET);
        long ordinary = pagesFree();
        kernel.reclaim().shrinkers().register(ShrinkerConfig.of("never").ofPages(), new ShrinkableObjects() {
            @Override
            public long countObjects(ShrinkControl control) {
                assertThat(Thread.currentThread().getName()).isEqualTo("mm4j kswapd0");
                return 0;
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                return SHRINK_STOP;
            }
        });
        kernel.drainAllPages();
        pages.keepAll(Gfp.GFP_ATOMIC | Gfp.__GFP_NOWARN);
        kernel.drainAllPages();
        assertThat(ordinary).isGreaterThanOrEqualTo(min());
        assertThat(pagesFree()).isBetween(min() * 3 / 8 - 2, min() / 2);
        assertThat(kernel.reclaim().snapshot().directRuns()).isZero();
        pages.freeAll();
    }

    @Test
    @DisplayName("out of memory, the group by which most is won is ended, then the next; then the kernel panics")
    void oom() {
        List<String> ended = new ArrayList<>();
        ShrinkablePages large = new ShrinkablePages(kernel.pages());
        ShrinkablePages small = new ShrinkablePages(kernel.pages());
        ShrinkablePages dear = new ShrinkablePages(kernel.pages());
        group("small", 0, small, ended);
        group("large", 0, large, ended);
        group("dear", OomGroup.NEVER, dear, ended);
        for (int page = 0; page < 3000; page++) {
            ShrinkablePages to = page < 300 ? small : page < 1000 ? large : dear;
            assertThat(to.keepOne(QUIET)).isTrue();
        }
        pages.keepAll(QUIET);
        assertThat(pages.keepOne(KERNEL | Gfp.__GFP_RETRY_MAYFAIL)).isFalse();
        assertThat(pages.keepOne((KERNEL & ~Gfp.__GFP_FS)))
                .as("nobody is ended for it")
                .isFalse();
        assertThat(ended).isEmpty();
        assertThat(pages.keepOne(KERNEL)).isTrue();
        assertThat(ended).containsExactly("large");
        assertThatThrownBy(() -> pages.keepAll(KERNEL))
                .isInstanceOf(OomPanic.class)
                .hasMessageContaining("System is deadlocked on memory")
                .hasMessageContaining("group dear, pages:2000 oom_score_adj:-1000");
        assertThat(ended).containsExactly("large", "small");
        assertThat(kernel.log().lines()).contains("Out of memory: Killed group large, pages:700 oom_score_adj:0");
        dear.freeAll();
        pages.freeAll();
    }

    private void group(String name, int adj, ShrinkablePages of, List<String> ended) {
        kernel.reclaim().oom().register(name, adj, of.size::get, () -> {
            ended.add(name);
            of.freeAll();
        });
    }

    @Test
    @DisplayName("an adjustment counts in thousandths of the machine; -1000 is never ended")
    void badness() {
        assertThat(OomGroup.badness(100, 0, 4000)).isEqualTo(100);
        assertThat(OomGroup.badness(100, 10, 4999)).isEqualTo(100 + 10 * 4);
        assertThat(OomGroup.badness(100, -999, 4000)).isEqualTo(100 - 999 * 4);
        assertThat(OomGroup.badness(100, -1000, 4000)).isEqualTo(OomGroup.NOT_ELIGIBLE);
        assertThatThrownBy(() -> kernel.reclaim().oom().register("bad", 1001, () -> 0, () -> {}))
                .hasMessage("an oom_score_adj is -1000 to 1000, not 1001");
    }

    /** A shrinker that allocates itself, and does not work for requests that must not call file systems. */
    private ShrinkableObjects allocating() {
        return new ShrinkableObjects() {
            @Override
            public long countObjects(ShrinkControl control) {
                return pages.countObjects(control);
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                if ((control.gfp() & Gfp.__GFP_FS) == 0) {
                    return SHRINK_STOP;
                }
                long own = kernel.pages().allocPages(KERNEL, 0);
                long freed = pages.scanObjects(control);
                if (own != PageFrame.NONE) {
                    kernel.pages().freePages(own, 0);
                }
                return freed;
            }
        };
    }

    @Test
    @DisplayName("any mix of flags with all threads in direct reclaim comes to an end")
    void noDeadlock() throws InterruptedException {
        register();
        kernel.reclaim().shrinkers().register(ShrinkerConfig.of("allocating").ofPages(), allocating());
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        long seed = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int user = 0; user < 6; user++) {
            Random random = new Random(seed + user);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    user(random);
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
        assertThat(kernel.reclaim().snapshot().directRuns())
                .as("requests that reclaimed")
                .isPositive();
        pages.freeAll();
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).isZero();
    }

    private static final int[] FLAGS = {
        Gfp.__GFP_HIGH,
        Gfp.__GFP_IO,
        Gfp.__GFP_FS,
        Gfp.__GFP_DIRECT_RECLAIM,
        Gfp.__GFP_DIRECT_RECLAIM,
        Gfp.__GFP_KSWAPD_RECLAIM,
        Gfp.__GFP_RETRY_MAYFAIL,
        Gfp.__GFP_NORETRY,
        Gfp.__GFP_NOMEMALLOC,
        Gfp.__GFP_MOVABLE,
        Gfp.__GFP_THISNODE,
        Gfp.__GFP_NOFAIL
    };

    private void user(Random random) {
        List<long[]> held = new ArrayList<>();
        for (int step = 0; step < 3000; step++) {
            int gfp = Gfp.__GFP_NOWARN;
            for (int flag : FLAGS) {
                gfp |= random.nextInt(3) == 0 ? flag : 0;
            }
            boolean mustNotFail = (gfp & Gfp.__GFP_NOFAIL) != 0;
            int order = mustNotFail ? 0 : random.nextInt(6);
            long pfn = allocIn(random.nextInt(4), gfp, order);
            if (pfn != PageFrame.NONE) {
                held.add(new long[] {pfn, order});
            }
            while (held.size() > 20) {
                long[] block = held.remove(random.nextInt(held.size()));
                kernel.pages().freePages(block[0], (int) block[1]);
            }
            if (random.nextInt(2) == 0) {
                for (int page = 0; page < 16; page++) {
                    pages.keepOne(Gfp.GFP_NOWAIT);
                }
            }
        }
        held.forEach(block -> kernel.pages().freePages(block[0], (int) block[1]));
    }

    private long allocIn(int scope, int gfp, int order) {
        return switch (scope) {
            case 0 -> kernel.contexts().nofs(() -> kernel.pages().allocPages(gfp, order));
            case 1 -> kernel.contexts().noio(() -> kernel.pages().allocPages(gfp, order));
            default -> kernel.pages().allocPages(gfp, order);
        };
    }
}
