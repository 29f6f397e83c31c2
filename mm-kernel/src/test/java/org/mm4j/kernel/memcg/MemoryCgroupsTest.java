package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.ForwardingPages;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.ProcTree;
import org.mm4j.slab.KmemCache;

/** The tree of groups, what threads do in it together, and what it shows. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryCgroupsTest {
    private static final int QUIET = GFP_KERNEL_ACCOUNT | Gfp.__GFP_NOWARN;

    private final CgroupKernel machine = new CgroupKernel();
    private final MemoryCgroups cgroups = machine.cgroups;

    @AfterEach
    void close() {
        machine.close();
    }

    // The tree.

    @Test
    void groupsAreMadeFoundAndRemovedByPath() {
        MemoryCgroup web = machine.group("web");
        MemoryCgroup cache = cgroups.create(web, "cache", CgroupLimits.ofMax(MIB));

        assertThat(cache.path()).isEqualTo("/web/cache");
        assertThat(cgroups.root().path()).isEqualTo("/");
        assertThat(cgroups.find("/web/cache")).containsSame(cache);
        assertThat(cgroups.find("web")).containsSame(web);
        assertThat(cgroups.find("/")).containsSame(cgroups.root());
        assertThat(cgroups.find("/web/none")).isEmpty();
        assertThat(cgroups.root().subtree()).containsExactly(cgroups.root(), web, cache);
        assertThat(cache.isWithin(web)).isTrue();
        assertThat(web.isWithin(cache)).isFalse();

        cache.remove();
        web.remove();
        assertThat(cgroups.root().children()).isEmpty();
        assertThat(cache.living()).isSameAs(cgroups.root());
    }

    @Test
    void whatCannotBeIsRefusedWithItsReason() {
        MemoryCgroup web = machine.group("web");
        MemoryCgroup child = cgroups.create(web, "child", CgroupLimits.NONE);

        for (String bad : new String[] {"", "a/b", ".", "..", "a\nb", "memory.max"}) {
            assertThatThrownBy(() -> machine.group(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> machine.group("web")).hasMessage("there is a cgroup web in / already");
        assertThatThrownBy(web::remove).hasMessage("cgroup /web is not removed: below it there is [child]");
        assertThatThrownBy(cgroups.root()::remove).hasMessage("the root cgroup cannot be removed");
        assertThatThrownBy(() -> cgroups.root().setLimits(CgroupLimits.NONE))
                .hasMessage("the root cgroup has no limits");
        assertThatThrownBy(() -> CgroupLimits.ofMax(-1)).hasMessage("memory.max is 0 bytes or more, not -1");
        child.remove();
        assertThatThrownBy(child::remove).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> child.run(() -> {}))
                .hasMessage("cgroup /web/child has been removed, and no code enters it");
        assertThatThrownBy(() -> cgroups.create(child, "x", CgroupLimits.NONE))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void scopesNestAndEndWithTheirCode() throws InterruptedException {
        MemoryCgroup outer = machine.group("outer");
        MemoryCgroup inner = cgroups.create(outer, "inner", CgroupLimits.NONE);
        assertThat(cgroups.current()).isSameAs(cgroups.root());
        outer.run(() -> {
            assertThatThrownBy(() -> inner.run(() -> {
                        assertThat(cgroups.current()).isSameAs(inner);
                        inner.remove();
                        assertThat(cgroups.current()).as("removed meanwhile").isSameAs(outer);
                        throw new IllegalStateException("out");
                    }))
                    .hasMessage("out");
            assertThat(cgroups.current()).isSameAs(outer);
        });
        List<MemoryCgroup> seen = new ArrayList<>();
        Thread thread = outer.call(() -> Thread.ofPlatform().start(() -> seen.add(cgroups.current())));
        thread.join();
        assertThat(seen).as("a thread of its own is outside").containsExactly(cgroups.root());
    }

    // Removed groups.

    @Test
    @DisplayName(
            "O12: test_kmem_memcg_deletion: what removed groups are charged stays with the parent, whose sum is right")
    void deletion() {
        MemoryCgroup parent = machine.group("parent");
        KmemCache cache = machine.accountCache("things", 200);
        ConcurrentLinkedQueue<Long> objects = new ConcurrentLinkedQueue<>();
        Together crowd = new Together();
        for (int child = 0; child < 20; child++) {
            MemoryCgroup made = cgroups.create(parent, "child" + child, CgroupLimits.NONE);
            crowd.add(() -> {
                made.run(() -> {
                    for (int each = 0; each < 100; each++) {
                        objects.add(cache.alloc(GFP_KERNEL));
                    }
                });
                made.remove();
            });
        }
        crowd.join();
        long used = 2000L * (cache.layout().size() + 8);
        assertThat(parent.stat().slab()).isEqualTo(used);
        assertThat(parent.bytesCharged()).isBetween(used, used + machine.bytesOfStocksMax());
        assertThat(cgroups.dying()).hasSize(20);
        objects.forEach(cache::free);
        assertThat(parent.stat().slab()).isZero();
        assertThat(cgroups.dying()).isEmpty();
    }

    @Test
    @DisplayName("O13: test_kmem_proc_kpagecgroup: the payer of any frame can be asked for")
    void kpagecgroup() {
        for (long pfn = -1; pfn <= 64 * MIB / PAGE; pfn++) {
            assertThat(cgroups.pageCharges().payerOf(pfn)).isNull();
        }
    }

    @Test
    @DisplayName("O15: test_kmem_dead_cgroups: removed groups are gone when their last charge is")
    void deadCgroups() {
        MemoryCgroup parent = machine.group("parent");
        List<Long> pages = new ArrayList<>();
        for (int round = 0; round < 30; round++) {
            MemoryCgroup child = cgroups.create(parent, "child", CgroupLimits.ofMax(MIB));
            child.run(() -> pages.add(machine.kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 0)));
            child.remove();
            assertThat(cgroups.pageCharges().payerOf(pages.getLast())).isSameAs(parent);
        }
        assertThat(cgroups.dying()).hasSize(30);
        pages.forEach(pfn -> machine.kernel.pages().freePages(pfn, 0));
        assertThat(cgroups.dying()).isEmpty();
    }

    @Test
    @DisplayName("Q2, O16: test_percpu_basic: a thousand groups, memory.current is about percpu + slab")
    void percpuBasic() {
        MemoryCgroup parent = machine.group("parent");
        List<Long> handles = new ArrayList<>();
        List<Long> objects = new ArrayList<>();
        for (int child = 0; child < 1000; child++) {
            cgroups.create(parent, "child" + child, CgroupLimits.NONE).run(() -> {
                handles.add(machine.kernel.percpu().allocPercpu(64, 8, GFP_KERNEL_ACCOUNT));
                objects.add(machine.kernel.kmalloc().kmalloc(500, GFP_KERNEL_ACCOUNT));
            });
        }
        CgroupStat stat = parent.stat();
        assertThat(stat.percpu())
                .isEqualTo(1000L * (64L * machine.kernel.percpu().cpus() + 128));
        assertThat(stat.slab()).isEqualTo(1000L * (512 + 8));
        long difference = parent.bytesCharged() - stat.percpu() - stat.slab();
        assertThat(difference).isBetween(0L, 7 * machine.bytesOfStocksMax());
        handles.forEach(machine.kernel.percpu()::freePercpu);
        objects.forEach(machine.kernel.kmalloc()::kfree);
        List.copyOf(parent.children()).forEach(MemoryCgroup::remove);
    }

    // Together.

    /** A tree of groups, objects and pages freed by others than those who took them, groups that come and go. */
    @Test
    void nothingIsLeftAfterThreadsHaveMixed() {
        KmemCache cache = machine.accountCache("things", 120);
        MemoryCgroup parent = machine.group("parent", 4 * MIB);
        ConcurrentLinkedQueue<Long> objects = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Long> pages = new ConcurrentLinkedQueue<>();
        Together crowd = new Together();
        for (int thread = 0; thread < 6; thread++) {
            long seed = thread;
            crowd.add(() -> mix(new SplittableRandom(seed), "own" + seed, parent, cache, objects, pages));
        }
        crowd.join();
        objects.forEach(cache::free);
        pages.forEach(pfn -> machine.kernel.pages().freePages(pfn, 0));
        assertThat(parent.bytesPeak()).isLessThanOrEqualTo(4 * MIB);
        assertThat(parent.children()).isEmpty();
    }

    private void mix(
            SplittableRandom random,
            String name,
            MemoryCgroup parent,
            KmemCache cache,
            ConcurrentLinkedQueue<Long> objects,
            ConcurrentLinkedQueue<Long> pages) {
        for (int round = 0; round < 40; round++) {
            MemoryCgroup own = cgroups.create(parent, name, CgroupLimits.ofMax(MIB));
            own.run(() -> {
                for (int step = 0; step < 500; step++) {
                    long taken = random.nextBoolean()
                            ? cache.alloc(GFP_KERNEL)
                            : -machine.kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 0);
                    if (taken > 0) {
                        objects.add(taken);
                    } else if (taken < 0) {
                        pages.add(-taken);
                    }
                    Long object = random.nextInt(9) < 5 ? objects.poll() : null;
                    if (object != null) {
                        cache.free(object);
                    }
                    Long page = random.nextInt(9) < 5 ? pages.poll() : null;
                    if (page != null) {
                        machine.kernel.pages().freePages(page, 0);
                    }
                }
            });
            own.remove();
        }
    }

    @Test
    void whatFailsHalfwayIsNotCharged() {
        AtomicBoolean fails = new AtomicBoolean();
        try (CgroupKernel faulty = new CgroupKernel(
                config -> config.withReclaim(false).withPageAllocator(pages -> new FailingPages(pages, fails)))) {
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

    /** Now and then there is no page. */
    private static final class FailingPages extends ForwardingPages {
        private final AtomicBoolean fails;
        private int calls;

        FailingPages(PageAllocator pages, AtomicBoolean fails) {
            super(pages);
            this.fails = fails;
        }

        @Override
        public long allocPages(int gfp, int order, int nid) {
            calls++;
            return fails.get() && calls % 3 == 0 ? PageFrame.NONE : super.allocPages(gfp, order, nid);
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

    // Looking.

    @Test
    void filesAreThoseOfCgroupV2() {
        MemoryCgroup web = machine.group("web", MIB + 1);
        MemoryCgroup cache = cgroups.create(web, "cache", CgroupLimits.NONE.withHigh(2 * MIB));
        long page = cache.call(() -> machine.kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 2));
        long object = cache.call(() -> machine.kernel.kmalloc().kmalloc(64, GFP_KERNEL_ACCOUNT));
        ProcTree proc = machine.kernel.proc();

        assertThat(proc.list("/sys/fs/cgroup")).containsExactly("memory.reclaim", "memory.stat", "web/");
        assertThat(proc.list("/sys/fs/cgroup/web"))
                .containsExactly(
                        "cache/",
                        "memory.current",
                        "memory.events",
                        "memory.events.local",
                        "memory.high",
                        "memory.low",
                        "memory.max",
                        "memory.min",
                        "memory.oom.group",
                        "memory.peak",
                        "memory.reclaim",
                        "memory.stat");
        assertThat(proc.read("/sys/fs/cgroup/web/memory.max")).isEqualTo("1048576\n");
        assertThat(proc.read("/sys/fs/cgroup/web/cache/memory.max")).isEqualTo("max\n");
        assertThat(proc.read("/sys/fs/cgroup/web/cache/memory.high")).isEqualTo("2097152\n");
        assertThat(proc.read("/sys/fs/cgroup/web/memory.events"))
                .isEqualTo("low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
        assertThat(proc.read("/sys/fs/cgroup/web/memory.stat"))
                .startsWith("anon 0\nfile 0\nkernel " + (4 * PAGE + 72) + "\n")
                .contains("\nslab_reclaimable 0\nslab_unreclaimable 72\nslab 72\n");
        assertThat(Long.parseLong(proc.read("/sys/fs/cgroup/web/memory.current").strip()))
                .isGreaterThanOrEqualTo(5 * PAGE)
                .satisfies(bytes -> assertThat(bytes % PAGE).isZero());
        machine.kernel.pages().freePages(page, 2);
        machine.kernel.kmalloc().kfree(object);
    }

    @Test
    void moreGroupsThanACpuHasInStockAreServedAsWell() {
        List<MemoryCgroup> groups = new ArrayList<>();
        for (int each = 0; each < 20; each++) {
            groups.add(machine.group("g" + each));
        }
        List<Long> pages = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            groups.forEach(
                    group -> group.run(() -> pages.add(machine.kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 0))));
        }
        assertThat(groups).allMatch(group -> group.stat().pages() == 5L * PAGE);
        assertThat(cgroups.validate()).isEmpty();
        pages.forEach(pfn -> machine.kernel.pages().freePages(pfn, 0));
    }
}
