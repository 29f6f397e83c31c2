package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.MovableOwner;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.CmaArea;
import org.mm4j.kernel.arena.KernelArena;

/** Who keeps a memory block from going offline, by name; one test for each kind of holder. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageHoldersTest {
    private static final long MIB = 1 << 20;
    private static final int PAGES_OF_BLOCK = 1024;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 * MIB)
            .withBlocks(BlockLayout.DEFAULT.withOrder(10))
            .withOwners(OwnerTracking.LABELS));

    @AfterEach
    void close() {
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    /** What is said when the block of a frame is to go. */
    private void refusedBecauseOf(long pfn, String holder) {
        assertThatThrownBy(() -> kernel.memoryBlocks().offline((int) (pfn / PAGES_OF_BLOCK)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot go offline: pfn " + kernel.buddy().blockHead(pfn) + ", ")
                .hasMessageContaining("in use by " + holder)
                .hasMessageEndingWith(", and nobody has said that it can move");
    }

    /** The lowest frame in use of a block that has nothing else in use below it. */
    private long lowestOfBlock(LongPredicate isIts) {
        for (long pfn = PAGES_OF_BLOCK; pfn < 64 * MIB / PageFrame.PAGE_SIZE; pfn++) {
            if (kernel.buddy().pageCount(pfn) > 0 && isIts.test(pfn)) {
                return pfn;
            }
        }
        throw new AssertionError("it has no frames");
    }

    private boolean isLowestOfBlock(long pfn) {
        for (long below = pfn / PAGES_OF_BLOCK * PAGES_OF_BLOCK; below < pfn; below++) {
            if (kernel.buddy().pageCount(below) > 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    @DisplayName("pages that a user took, by his label")
    void users() {
        long pfn =
                kernel.owners().as("the cache of pictures", () -> kernel.pages().allocPages(Gfp.GFP_KERNEL, 10));
        refusedBecauseOf(pfn, "'the cache of pictures'");
    }

    @Test
    @DisplayName("slabs, by their cache, and large blocks of kmalloc")
    void slabs() {
        long object = 0;
        long pfn;
        do { // as many as are needed to have a slab alone at the start of a block
            object = kernel.kmalloc().kmalloc(2000, Gfp.GFP_KERNEL);
            pfn = kernel.directMap().pfn(object);
        } while (!isLowestOfBlock(kernel.buddy().blockHead(pfn)));
        refusedBecauseOf(pfn, "slabs of kmalloc-2k");
        long large = kernel.kmalloc().kmalloc(4 * MIB, Gfp.GFP_KERNEL);
        refusedBecauseOf(kernel.directMap().pfn(large), "a large block of kmalloc");
    }

    @Test
    @DisplayName("areas and page tables of vmalloc")
    void vmalloc() {
        long area = kernel.vmalloc().vmalloc(16 * MIB);
        long pfn =
                lowestOfBlock(each -> isLowestOfBlock(each) && kernel.vmalloc().areaOfFrame(each) != null);
        refusedBecauseOf(pfn, "the vmalloc area at 0x" + Long.toHexString(area) + " of 4096 pages");
        long table = lowestOfBlock(kernel.vmalloc()::isPageTable);
        assertThat(kernel.memoryBlocks().pin(table, table + 1)).contains("in use by page tables of vmalloc");
    }

    @Test
    @DisplayName("units of the percpu allocator")
    void percpu() {
        kernel.percpu().allocPercpu(64, 8);
        long pfn =
                lowestOfBlock(each -> kernel.memoryBlocks().pin(each, each + 1).contains("percpu"));
        assertThat(kernel.memoryBlocks().pin(pfn, pfn + 1)).contains("in use by percpu units, and nobody");
    }

    @Test
    @DisplayName("arenas, by their label: shared ones with small and with large pieces, and confined ones")
    void arenas() {
        KernelArena shared = kernel.openArena("request 7");
        refusedBy(shared, 100, "arena 'request 7', shared");
        refusedBy(shared, 8 * MIB, "arena 'request 7', shared");
        shared.close();
        KernelArena confined = kernel.openConfinedArena();
        refusedBy(confined, 100_000, "arena 'unnamed', confined");
        confined.close();
    }

    private void refusedBy(KernelArena arena, long bytes, String holder) {
        long address = arena.allocate(bytes).address();
        long pfn = kernel.directMap().contains(address)
                ? kernel.directMap().pfn(address)
                : kernel.vmalloc().vmallocToPfn(address);
        assertThat(kernel.memoryBlocks().pin(pfn, pfn + 1)).contains("in use by " + holder);
    }

    @Test
    @DisplayName("an owner who could move it, but has lent it")
    void lent() {
        int number = kernel.buddy().registerOwner(new MovableOwner() {
            @Override
            public boolean migratePage(long fromPfn, long toPfn, int order) {
                return false;
            }

            @Override
            public String name() {
                return "the index";
            }
        });
        long pfn = kernel.pages().allocPages(Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_COMP, 10);
        kernel.buddy().setMovable(pfn, number);
        int block = (int) (pfn / PAGES_OF_BLOCK);
        assertThatThrownBy(() -> kernel.memoryBlocks().offline(block))
                .hasMessageEndingWith(
                        "pfn " + pfn + ", 1024 pages, of the index, can move, but its owner refused, or no page was"
                                + " free elsewhere");
        kernel.buddy().getPage(pfn);
        assertThatThrownBy(() -> kernel.memoryBlocks().offline(block))
                .hasMessageEndingWith("of the index, can move, but has 2 references, its owner's and others");
        kernel.buddy().putPage(pfn);
    }

    @Test
    @DisplayName("a CMA area that cannot be emptied names its holder in the log")
    void cma() {
        CmaArea area = CmaArea.declare(kernel.buddy(), "camera", 8 * PAGES_OF_BLOCK, 512, 0);
        long pfn = PageFrame.NONE;
        while (pfn < 8 * PAGES_OF_BLOCK || pfn >= 8 * PAGES_OF_BLOCK + 512) {
            pfn = kernel.owners().as("the guest", () -> kernel.pages().allocPages(Gfp.GFP_HIGHUSER_MOVABLE, 0));
        }
        assertThat(area.alloc(512, 0)).isEqualTo(PageFrame.NONE);
        assertThat(kernel.log().lines())
                .anyMatch(line -> line.startsWith("cma: alloc of camera failed, req-size: 512 pages")
                        && line.contains("in use by 'the guest'"));
    }

    @Test
    @DisplayName("trim names areas of vmalloc, and what is free in pieces too small for the host")
    void trim() {
        long area = kernel.vmalloc().vmalloc(16 * MIB);
        kernel.pages().allocPages(Gfp.GFP_KERNEL, 0);
        assertThat(kernel.trim().pins())
                .anyMatch(line -> line.contains("the vmalloc area at 0x" + Long.toHexString(area) + " of 4096 pages"))
                .anyMatch(line -> line.matches("[0-9]+ pages: free blocks below 64 KiB, .*"));
    }
}
