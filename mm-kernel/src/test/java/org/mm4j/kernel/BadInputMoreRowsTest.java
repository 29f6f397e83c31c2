package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_MOVABLE;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.BadPageException;
import org.mm4j.api.PageAllocator;
import org.mm4j.buddy.CmaArea;
import org.mm4j.kernel.pools.PageFragCache;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.PrefilledSheaf;
import org.mm4j.slab.SlabAttributes;
import org.mm4j.slab.SlabFlags;
import org.mm4j.vmalloc.VmFlags;
import org.mm4j.vmalloc.Vmalloc;

/** Bad input to what depends on the context, to mappings, to CMA, to page fragments and to files. */
class BadInputMoreRowsTest extends BadInputRows {
    private static final long PAGE = 4096;

    @Override
    void rows() {
        interrupts();
        mappings();
        percpu();
        contiguous();
        fragments();
        caches();
        files();
    }

    private void interrupts() {
        row("vfree in an interrupt: later", kernel -> {
            Vmalloc vmalloc = kernel.vmalloc();
            long area = vmalloc.vmalloc(PAGE);
            kernel.contexts().interrupt(() -> vmalloc.vfree(area));
            assertThat(vmalloc.findVmArea(area)).as("gone for all").isNull();
            assertThat(vmalloc.pagesUsed()).as("not given back yet").isEqualTo(1);
            refused(IllegalArgumentException.class, () -> vmalloc.vfree(area));
            vmalloc.drainDeferred();
            assertThat(vmalloc.pagesUsed()).isZero();
        });
        row("vfree in an interrupt that nothing masks: refused", kernel -> {
            long area = kernel.vmalloc().vmalloc(PAGE);
            kernel.contexts().nmi(() -> {
                assertThat(kernel.contexts().context()).isEqualTo(Context.NMI);
                kernel.vmalloc().vfree(0);
                refused(IllegalStateException.class, () -> kernel.vmalloc().vfree(area));
                refused(IllegalStateException.class, () -> kernel.kvmalloc().kvfree(area));
            });
            kernel.vmalloc().vfree(area);
        });
        row("vunmap in an interrupt: refused", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
            long area = kernel.vmalloc().vmap(new long[] {pfn});
            kernel.contexts()
                    .interrupt(() -> refused(
                            IllegalStateException.class, () -> kernel.vmalloc().vunmap(area)));
            kernel.vmalloc().vunmap(area);
            kernel.pages().freePages(pfn, 0);
        });
    }

    private void mappings() {
        row("vmalloc when there are no addresses: reported, and none", kernel -> {
            long alignNoAddressHas = 1L << 46;
            assertThat(kernel.vmalloc().vmallocAligned(PAGE, alignNoAddressHas, GFP_KERNEL, PageAllocator.NO_NODE))
                    .isZero();
            logged(kernel, "Address range restricted");
        });
        row("vmap with VM_FLUSH_RESET_PERMS: warned about, and none; with VM_NO_GUARD: dropped", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
            long[] pfns = {pfn};
            assertThat(kernel.vmalloc().vmap(pfns, VmFlags.VM_FLUSH_RESET_PERMS))
                    .isZero();
            logged(kernel, "VM_FLUSH_RESET_PERMS");
            long area = kernel.vmalloc().vmap(pfns, VmFlags.VM_NO_GUARD);
            logged(kernel, "VM_NO_GUARD");
            assertThat(Objects.requireNonNull(kernel.vmalloc().findVmArea(area)).bytes())
                    .as("with its guard page")
                    .isEqualTo(2 * PAGE);
            kernel.vmalloc().vunmap(area);
            kernel.pages().freePages(pfn, 0);
        });
        row("vread of holes: zeroes", kernel -> {
            Vmalloc vmalloc = kernel.vmalloc();
            long area = vmalloc.vmalloc(PAGE);
            vmalloc.segment(area).fill((byte) 7);
            long nothing = vmalloc.getVmArea(PAGE, VmFlags.VM_IOREMAP);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(4 * PAGE).fill((byte) 1);
                assertThat(vmalloc.vread(area, bytes))
                        .as("the guard page, and behind")
                        .isEqualTo(PAGE);
                assertThat(bytes.get(ValueLayout.JAVA_BYTE, PAGE - 1)).isEqualTo((byte) 7);
                assertZero(bytes.asSlice(PAGE));
                assertThat(vmalloc.vread(nothing, bytes.fill((byte) 1))).isZero();
                assertZero(bytes);
                assertThat(vmalloc.vread(0, bytes.fill((byte) 1))).isZero();
                assertZero(bytes);
            }
            vmalloc.vunmap(nothing);
            vmalloc.vfree(area);
        });
    }

    private static void assertZero(MemorySegment bytes) {
        assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    private void percpu() {
        row("alloc_percpu that may not wait, without room: told, none, and balanced by the next", kernel -> {
            List<Long> areas = new ArrayList<>();
            for (long area = take(kernel); area != 0; area = take(kernel)) {
                areas.add(area);
            }
            logged(kernel, "atomic alloc failed, no space left");
            long later = kernel.percpu().allocPercpu(32_000, 8, GFP_KERNEL);
            assertThat(later).isPositive();
            kernel.percpu().freePercpu(later);
            areas.forEach(kernel.percpu()::freePercpu);
        });
    }

    private static long take(Kernel kernel) {
        return kernel.percpu().allocPercpu(8000, 8, GFP_ATOMIC);
    }

    private void contiguous() {
        row("cma_alloc of none or too many, release of what is foreign, free, borrowed, or another count", kernel -> {
            CmaArea area = declared(kernel);
            assertThat(area.alloc(0, 0)).isZero();
            assertThat(area.alloc(513, 0)).isZero();
            long pfn = area.alloc(8, 0);
            long foreign = kernel.pages().allocPages(GFP_KERNEL, 0);
            long borrowed = borrow(kernel, area.startPfn());
            for (long[] bad : new long[][] {
                {foreign, 1},
                {borrowed, 1},
                {pfn, 9},
                {pfn, 0},
                {pfn, Long.MAX_VALUE},
                {pfn + 8, 1},
                {0, 1},
                {Long.MAX_VALUE, 2}
            }) {
                assertThat(area.release(bad[0], bad[1]))
                        .as("%d from %d on", bad[1], bad[0])
                        .isFalse();
            }
            assertThat(area.pagesAvailable()).isEqualTo(504);
            assertThat(kernel.pages().pageCount(borrowed)).isEqualTo(1);
            assertThat(area.release(pfn, 8)).isTrue();
            assertThat(area.release(pfn, 8)).as("twice").isFalse();
            kernel.pages().freePages(borrowed, 0);
            kernel.pages().freePages(foreign, 0);
        });
    }

    /** An area of a pageblock that is free. */
    private static CmaArea declared(Kernel kernel) {
        for (long startPfn = 512; ; startPfn += 512) {
            try {
                return CmaArea.declare(kernel.buddy(), "camera", startPfn, 512, 0);
            } catch (IllegalStateException inUse) {
                assertThat(startPfn).as("%s", inUse.getMessage()).isLessThan(3072);
            }
        }
    }

    /** A page of the area that somebody has as a movable one. */
    private static long borrow(Kernel kernel, long startPfn) {
        List<Long> taken = new ArrayList<>();
        long pfn = 0;
        while (pfn < startPfn || pfn >= startPfn + 512) {
            pfn = kernel.pages().allocPages(GFP_KERNEL | __GFP_MOVABLE, 0);
            taken.add(pfn);
        }
        taken.removeLast();
        taken.forEach(each -> kernel.pages().freePages(each, 0));
        return pfn;
    }

    private void fragments() {
        row("page_frag: of nothing, of more than a block has, of zeroes; free of what is none", kernel -> {
            PageFragCache cache = kernel.pools().pageFragCache();
            refused(IllegalArgumentException.class, () -> cache.alloc(0, GFP_KERNEL));
            refused(IllegalArgumentException.class, () -> cache.alloc(8, GFP_KERNEL, 3));
            refused(BadGfpException.class, () -> cache.alloc(8, GFP_KERNEL | __GFP_ZERO));
            assertThat(cache.alloc(40_000, GFP_KERNEL)).isZero();
            long fragment = cache.alloc(100, GFP_KERNEL);
            cache.free(0);
            refused(IllegalArgumentException.class, () -> cache.free(8));
            refused(IllegalArgumentException.class, () -> cache.free(Long.MAX_VALUE));
            cache.free(fragment);
            cache.drain();
            refused(BadPageException.class, () -> cache.free(fragment));
        });
    }

    private void caches() {
        row("kmem_cache_alloc of zeroes from a cache with a constructor: warned about", kernel -> {
            KmemCache cache = Objects.requireNonNull(
                    kernel.slab().kmemCacheCreate("made", 100, KmemCacheArgs.NONE.withCtor(_ -> {})));
            cache.free(cache.alloc(GFP_KERNEL | __GFP_ZERO));
            logged(kernel, "has a constructor, but __GFP_ZERO undoes its work");
        });
        row("a prefilled sheaf: of more than there is, refilled beyond what it holds, used up", kernel -> {
            KmemCache cache =
                    Objects.requireNonNull(kernel.slab().kmemCacheCreate("sheaf", 300, 0, SlabFlags.SLAB_NO_MERGE));
            assertThat(cache.prefillSheaf(GFP_KERNEL, 1_000_000)).isNull();
            PrefilledSheaf sheaf = Objects.requireNonNull(cache.prefillSheaf(GFP_KERNEL, 1));
            assertThat(sheaf.refill(GFP_KERNEL, 1_000_000)).isFalse();
            long object = sheaf.alloc(GFP_KERNEL);
            assertThat(sheaf.alloc(GFP_KERNEL)).isZero();
            cache.free(object);
            sheaf.close();
        });
    }

    private void files() {
        row("files of /sys/kernel/slab: nonsense, what cannot be written, what there is not", kernel -> {
            KmemCache cache = kernel.slab().find("kmalloc-64").orElseThrow();
            Map<String, String> before = kernel.slabAttributes("kmalloc-64");
            String[][] bad = {
                {"shrink", "2", "EINVAL"},
                {"validate", "x", "EINVAL"},
                {"validate", "1", "EINVAL"},
                {"min_partial", "many", "EINVAL"},
                {"cpu_partial", "-1", "EINVAL"},
                {"remote_node_defrag_ratio", "101", "ERANGE"},
                {"objects", "1", "EACCES"},
                {"nonsense", "1", "ENOENT"}
            };
            for (String[] row : bad) {
                assertThat(refusal(() -> SlabAttributes.write(cache, row[0], row[1])))
                        .contains(row[2]);
            }
            assertThat(kernel.slabAttributes("kmalloc-64")).isEqualTo(before);
            refused(IllegalArgumentException.class, () -> kernel.slabAttributes("nonsense"));
            refused(IllegalArgumentException.class, () -> kernel.proc().read("/sys/kernel/slab/nonsense/objects"));
        });
    }

    private static String refusal(Runnable call) {
        try {
            call.run();
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
        return "not refused";
    }
}
