package org.mm4j.stress.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.CmaArea;
import org.mm4j.buddy.MemoryBlocks;
import org.mm4j.kernel.Kernel;
import org.mm4j.memory.HostMemoryException;

/**
 * What one thread does with the memory of a kernel as a whole, while others use it: takes blocks offline and online, takes
 * frames in a row, compacts, and asks for what no zone has.
 */
final class MemoryWork {
    private static final int CMA_PAGES = 4 * PageFrame.PAGEBLOCK_NR_PAGES;
    private static final int MAPPINGS = 20;
    private static final int ORDER_MAX = PageFrame.MAX_PAGE_ORDER;

    private final Kernel kernel;
    private final FaultLedger ledger;
    private final @Nullable CmaArea area;

    /** Before anything is made to fail. */
    MemoryWork(Kernel kernel, FaultLedger ledger) {
        this.kernel = kernel;
        this.ledger = ledger;
        area = declared(kernel);
    }

    private static @Nullable CmaArea declared(Kernel kernel) {
        long last = kernel.config().memory().bytes() >>> PageFrame.PAGE_SHIFT;
        for (long pfn = last / 4 & -PageFrame.PAGEBLOCK_NR_PAGES; pfn < last / 2; pfn += PageFrame.PAGEBLOCK_NR_PAGES) {
            try {
                return CmaArea.declare(kernel.buddy(), "soak", pfn, CMA_PAGES, 0);
            } catch (IllegalStateException e) {
                // somebody has a page there
            }
        }
        return null;
    }

    /** One of these. */
    void work(SplittableRandom random) {
        switch (random.nextInt(8)) {
            case 0 -> ledger.giveBack(() -> kernel.buddy().compactMemory(0));
            case 1, 2 -> changeBlock(random);
            case 3 -> takeAllOfDma();
            case 4 -> mapOften();
            default -> takeRow(1 + random.nextInt(PageFrame.PAGEBLOCK_NR_PAGES));
        }
    }

    /** A trim takes all free blocks while it runs, so that nobody else may be in a call. */
    void trim() {
        ledger.attempt(() -> {
            try {
                return kernel.trim();
            } catch (HostMemoryException e) {
                return null;
            }
        });
    }

    private void takeRow(int pages) {
        if (area == null) {
            return;
        }
        Long pfn = ledger.attempt(() -> {
            long found = area.alloc(pages, 0);
            return found == PageFrame.NONE ? null : found;
        });
        if (pfn != null) {
            ledger.giveBack(() -> release(area, pfn, pages));
        }
    }

    private static void release(CmaArea area, long pfn, int pages) {
        if (!area.release(pfn, pages)) {
            throw new AssertionError("an area does not take back " + pages + " pages from pfn " + pfn + " on");
        }
    }

    /** The last blocks, which nobody needs: pages that cannot move may be in them. */
    private void changeBlock(SplittableRandom random) {
        MemoryBlocks blocks = kernel.memoryBlocks();
        int last = blocks.list().getLast().number();
        int number = last - random.nextInt(4);
        if (!blocks.block(number).isOnline()) {
            ledger.giveBack(() -> blocks.online(number));
            return;
        }
        ledger.attempt(() -> {
            try {
                blocks.offline(number);
                return blocks;
            } catch (IllegalStateException | HostMemoryException e) {
                return null; // a page cannot move, or the host was made to refuse
            }
        });
    }

    /** So many addresses that they are purged. */
    private void mapOften() {
        Long first = ledger.attempt(() -> {
            long pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_COMP, ORDER_MAX);
            return pfn == PageFrame.NONE ? null : pfn;
        });
        if (first == null) {
            return;
        }
        long[] pfns =
                LongStream.range(first, first + PageFrame.MAX_ORDER_NR_PAGES).toArray();
        for (int i = 0; i < MAPPINGS; i++) {
            Long address = ledger.attempt(() -> {
                long found = kernel.vmalloc().vmap(pfns);
                return found == 0 ? null : found;
            });
            if (address != null) {
                ledger.giveBack(() -> kernel.vmalloc().vunmap(address));
            }
        }
        ledger.giveBack(() -> kernel.pages().freePages(first, ORDER_MAX));
    }

    /** There is no end of it but the last resort. */
    private void takeAllOfDma() {
        List<Long> taken = new ArrayList<>();
        Long pfn = largeOfDma();
        while (pfn != null) {
            taken.add(pfn);
            pfn = largeOfDma();
        }
        taken.forEach(each -> ledger.giveBack(() -> kernel.pages().freePages(each, ORDER_MAX)));
    }

    private @Nullable Long largeOfDma() {
        return ledger.attempt(() -> {
            long pfn = kernel.pages()
                    .allocPages(Gfp.GFP_KERNEL | Gfp.GFP_DMA | Gfp.__GFP_NOWARN | Gfp.__GFP_RETRY_MAYFAIL, ORDER_MAX);
            return pfn == PageFrame.NONE ? null : pfn;
        });
    }
}
