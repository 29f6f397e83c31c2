package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_COMP;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadPageException;
import org.mm4j.api.ForwardingPages;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.PageAllocator;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.contract.PageAllocatorContract;

/** Pages are charged when they are taken, and no longer when the last reference is gone, whoever drops it and how. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChargedPagesTest {
    private final CgroupKernel machine = new CgroupKernel();
    private final PageAllocator pages = machine.kernel.pages();
    private final MemoryCgroup group = machine.group("a");

    @AfterEach
    void close() {
        machine.close();
    }

    private long take(int order) {
        return group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT, order));
    }

    private void chargedPagesAre(long count) {
        assertThat(group.stat().pages()).isEqualTo(count * PAGE);
    }

    @Test
    void onlyRequestsWithTheFlagMadeInAGroupAreCharged() {
        long outside = pages.allocPages(GFP_KERNEL_ACCOUNT, 3);
        long unflagged = group.call(() -> pages.allocPages(GFP_KERNEL, 3));
        long charged = take(3);

        chargedPagesAre(8);
        assertThat(machine.cgroups.pageCharges().payerOf(charged + 7)).isSameAs(group);
        assertThat(machine.cgroups.pageCharges().payerOf(outside)).isNull();
        pages.freePages(outside, 3);
        pages.freePages(unflagged, 3);
        pages.freePages(charged, 3);
        chargedPagesAre(0);
        assertThat(machine.cgroups.pageCharges().payerOf(charged + 7)).isNull();
    }

    @Test
    @DisplayName("C23: bulk with __GFP_ACCOUNT takes exactly one page a call")
    void bulkTakesOne() {
        long[] pfns = new long[10];
        pfns[0] = pages.allocPages(GFP_KERNEL, 0);
        pfns[2] = pages.allocPages(GFP_KERNEL, 0);

        assertThat(group.<Integer, RuntimeException>call(
                        () -> pages.allocPagesBulk(GFP_KERNEL_ACCOUNT, PageAllocator.NO_NODE, pfns)))
                .isEqualTo(3);
        assertThat(pfns).satisfies(all -> assertThat(all[1]).isNotZero()).endsWith(0, 0, 0, 0, 0, 0, 0);
        chargedPagesAre(1);
        for (int at = 0; at < 3; at++) {
            pages.freePages(pfns[at], 0);
        }
    }

    @Test
    void aSplitBlockIsPaidForPageByPage() {
        long block = take(2);
        pages.splitPage(block, 2);
        pages.freePages(block + 1, 0);
        chargedPagesAre(3);
        pages.putPage(block + 3);
        pages.freePages(block, 0);
        pages.freePages(block + 2, 0);
        chargedPagesAre(0);

        long compound = group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT | __GFP_COMP, 3));
        pages.splitCompound(compound, 1);
        pages.putPage(compound + 3); // a page behind the head
        chargedPagesAre(6);
        for (int at : new int[] {0, 4, 6}) {
            pages.freePages(compound + at, 1);
        }
    }

    @Test
    void exactPagesAreChargedWithoutTheTail() {
        long exact = group.call(() -> pages.allocPagesExact(5 * PAGE - 1, GFP_KERNEL_ACCOUNT));
        chargedPagesAre(5);
        pages.getPage(exact + 1);
        pages.freePagesExact(exact, 5 * PAGE - 1);
        chargedPagesAre(1);
        pages.putPage(exact + 1);
        chargedPagesAre(0);
    }

    @Test
    void theLastReferenceUncharges() {
        long page = take(0);
        pages.getPage(page, 3);
        pages.putPage(page, 2);
        pages.freePages(page, 0);
        chargedPagesAre(1);
        pages.putPage(page);
        chargedPagesAre(0);
    }

    @Test
    void aReferenceOnABlockThatIsNotCompoundKeepsItsFirstPage() {
        long block = take(3);
        pages.getPage(block);
        pages.freePages(block, 3);
        chargedPagesAre(1);
        pages.putPage(block);

        long compound = group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT | __GFP_COMP, 3));
        pages.getPage(compound);
        pages.freePages(compound, 3);
        chargedPagesAre(8);
        pages.putPage(compound);
    }

    @Test
    void whatIsRefusedStaysCharged() {
        long block = take(2);
        for (Runnable bad : new Runnable[] {
            () -> pages.freePages(block, 1),
            () -> pages.freePages(block, 3),
            () -> pages.freePages(block + 1, 0),
            () -> pages.putPage(block, 2),
            () -> pages.putPage(block + 1),
            () -> pages.freePagesExact(block, 4 * PAGE)
        }) {
            assertThatThrownBy(bad::run).isInstanceOf(BadPageException.class);
            chargedPagesAre(4);
        }
        pages.freePages(block, 2);
        assertThatThrownBy(() -> pages.freePages(block, 2)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> pages.freePages(-5, 0)).isInstanceOf(BadPageException.class);
        assertThatThrownBy(() -> group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT, -1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(group.<Long, RuntimeException>call(
                        () -> pages.allocPages(GFP_KERNEL_ACCOUNT | Gfp.__GFP_NOWARN, 11)))
                .isZero();
        assertThatThrownBy(() -> group.call(() -> pages.allocPages(GFP_KERNEL_ACCOUNT, 0, 99)))
                .isInstanceOf(IllegalArgumentException.class);
        chargedPagesAre(0);
    }

    @Test
    void aPageThatWentBackPastTheBooksIsFoundWhenItIsChargedAgain() {
        MemoryCgroup other = machine.group("b");
        PageCharges charges = machine.cgroups.pageCharges();
        long page = take(0);
        machine.kernel.buddy().freePages(page, 0);
        chargedPagesAre(1);

        assertThat(other.payer().tryCharge(Kind.PAGES, PAGE, GFP_KERNEL)).isTrue();
        charges.put(page, 1, other.payer());
        chargedPagesAre(0);
        assertThat(charges.payerOf(page)).isSameAs(other);
        assertThat(charges.take(page, 1, other.payer())).isEqualTo(1);
        other.payer().uncharge(Kind.PAGES, PAGE);
    }

    @Test
    void holdersWhoLetGoTogetherUnchargeOnce() {
        for (int round = 0; round < 3000; round++) {
            long page = take(round % 2);
            if (round % 2 == 1) {
                pages.splitPage(page, 1);
                pages.freePages(page + 1, 0);
            }
            pages.getPage(page, 2);
            Together crowd = new Together();
            crowd.add(() -> pages.putPage(page));
            crowd.add(() -> pages.putPage(page));
            pages.freePages(page, 0);
            crowd.join();
            assertThat(pages.pageCount(page)).isZero();
        }
        chargedPagesAre(0);
    }

    /** Everything charged, the contract is kept. */
    @Nested
    class Contract extends PageAllocatorContract {
        @Override
        protected PageAllocator allocator() {
            PageAllocator buddy = BuddyAllocator.ofFrames(FRAMES);
            return new Charging(machine.cgroups.charging(buddy, Kind.PAGES, GfpContext.PROCESS), group);
        }

        @Override
        protected List<String> validate(PageAllocator allocator) {
            return machine.cgroups.validate();
        }
    }

    /** Charges everything to a group. */
    private static final class Charging extends ForwardingPages {
        private final MemoryCgroup group;

        Charging(PageAllocator pages, MemoryCgroup group) {
            super(pages);
            this.group = group;
        }

        @Override
        public long allocPages(int gfp, int order, int nid) {
            return group.call(() -> super.allocPages(gfp | Gfp.__GFP_ACCOUNT, order, nid));
        }

        @Override
        public long allocPagesExact(long bytes, int gfp) {
            return group.call(() -> super.allocPagesExact(bytes, gfp | Gfp.__GFP_ACCOUNT));
        }

        @Override
        public int allocPagesBulk(int gfp, int nid, long[] pfns) {
            return group.call(() -> super.allocPagesBulk(gfp | Gfp.__GFP_ACCOUNT, nid, pfns));
        }
    }
}
