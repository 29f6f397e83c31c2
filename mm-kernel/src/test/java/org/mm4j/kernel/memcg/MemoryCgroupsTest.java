package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
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
        List<MemoryCgroup> gone = cgroups.dying();
        pages.forEach(pfn -> machine.kernel.pages().freePages(pfn, 0));
        assertThat(gone).as("no CPU keeps anything for them").allMatch(each -> each.bytesCharged() == 0);
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

    // Stock.

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
