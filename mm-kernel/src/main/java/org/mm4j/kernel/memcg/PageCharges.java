package org.mm4j.kernel.memcg;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.PageFrame;
import org.mm4j.api.SpinLock;

/**
 * Who pays for each page: a reference a frame, so that blocks can be split without telling anybody.
 *
 * <pre>
 *   frame     | - | a | a | a | a | - | b | - | ...       an order-2 block of a, a page of b
 * </pre>
 *
 * <p>An entry is written by whoever has just taken the page, and taken out by whoever gives it back. A frame that is taken
 * and found with a payer was given back by somebody who did not know of accounting; its payer is uncharged then.
 *
 * <p>For all threads. In Linux 6.18: memcg_data of {@code struct page}, with MEMCG_DATA_KMEM.
 */
public final class PageCharges {
    private static final VarHandle PAYER = MethodHandles.arrayElementVarHandle(ObjCgroup[].class);

    private final @Nullable ObjCgroup[] payers;
    private final SpinLock shared = new SpinLock(LockRank.PAGE_CHARGES);

    PageCharges(long frames) {
        payers = new ObjCgroup[Math.toIntExact(frames)];
    }

    /** Who pays for a page, or answers for who did; null: nobody. Racy. In Linux: page_memcg(). */
    public @Nullable MemoryCgroup payerOf(long pfn) {
        ObjCgroup payer = payer(pfn);
        return payer == null ? null : payer.cgroup().living();
    }

    // For who moves blocks.

    /** A block is about to move: its payers stand at the new one, too, and are charged once. */
    void copy(long fromPfn, long toPfn, int order) {
        for (int page = 0; page < PageFrame.pages(order); page++) {
            ObjCgroup payer = payer(fromPfn + page);
            if (payer != null || payer(toPfn + page) != null) {
                note(toPfn + page, payer);
            }
        }
    }

    /** Of two copies this one goes; nobody is uncharged by that. */
    void forget(long pfn, int order) {
        for (long each = pfn; each < pfn + PageFrame.pages(order); each++) {
            if (payer(each) != null) {
                getAndSetPayer(each, null);
            }
        }
    }

    // For the allocator.

    /** Who pays for a page; null: nobody. */
    @Nullable
    ObjCgroup payer(long pfn) {
        return pfn >= 0 && pfn < payers.length ? payers[(int) pfn] : null; // plain: whoever gives back has taken
    }

    /** How many frames from {@code pfn} on, {@code most} at most, have the same payer as the first. */
    int run(long pfn, int most) {
        ObjCgroup first = payer(pfn);
        int length = 0;
        while (length < most && first != null && payer(pfn + length) == first) {
            length++;
        }
        return length;
    }

    /** Makes somebody pay for pages that were just taken. */
    void put(long pfn, int pages, ObjCgroup payer) {
        for (long each = pfn; each < pfn + pages; each++) {
            note(each, payer);
        }
    }

    private void note(long pfn, @Nullable ObjCgroup payer) {
        ObjCgroup stale = getAndSetPayer(pfn, payer);
        if (stale != null) {
            stale.uncharge(Kind.PAGES, PageFrame.PAGE_SIZE);
        }
    }

    /** Nobody pays for these pages any more. How many had this payer: the caller uncharges them, or puts them back. */
    int take(long pfn, int pages, @Nullable ObjCgroup payer) {
        int taken = 0;
        for (long each = pfn; each < pfn + pages; each++) {
            ObjCgroup before = payer(each) == null ? null : getAndSetPayer(each, null);
            if (before != null && before != payer) {
                before.uncharge(Kind.PAGES, PageFrame.PAGE_SIZE);
            } else if (before != null) {
                taken++;
            }
        }
        return taken;
    }

    /** Makes a payer pay again for pages that nobody pays for; how many he still need not. */
    int putBack(long pfn, int pages, int taken, ObjCgroup payer) {
        int over = taken;
        for (long each = pfn; each < pfn + pages && over > 0; each++) {
            if (payer(each) == null) {
                put(each, 1, payer);
                over--;
            }
        }
        return over;
    }

    private @Nullable ObjCgroup getAndSetPayer(long pfn, @Nullable ObjCgroup next) {
        return (ObjCgroup) PAYER.getAndSet(payers, (int) pfn, next);
    }

    /** Those who drop one of several references go one after another. */
    boolean lockIf(boolean isShared) {
        if (isShared) {
            shared.lock();
        }
        return isShared;
    }

    void unlockIf(boolean isLocked) {
        if (isLocked) {
            shared.unlock();
        }
    }
}
