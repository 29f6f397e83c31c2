package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_COMP;
import static org.mm4j.api.Gfp.__GFP_DMA;
import static org.mm4j.api.Gfp.__GFP_HIGHMEM;
import static org.mm4j.api.Gfp.__GFP_NOFAIL;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_ZERO;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.BadPageException;
import org.mm4j.kernel.pools.DeviceResources;
import org.mm4j.kernel.pools.ElementSource;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SlabFlags;

/**
 * Bad input to pages, kmalloc, caches, vmalloc and others, one row a call; {@link BadInputMoreRowsTest} has the rest.
 */
class BadInputRowsTest extends BadInputRows {
    @Override
    void rows() {
        pages();
        kmalloc();
        caches();
        vmalloc();
        others();
    }

    private void pages() {
        row("alloc_pages, order above 10: warned about once, and none", kernel -> {
            assertThat(kernel.pages().allocPages(GFP_KERNEL | __GFP_NOWARN, 11)).isZero();
            assertThat(kernel.log().lines()).isEmpty();
            assertThat(kernel.pages().allocPages(GFP_KERNEL, 11)).isZero();
            assertThat(kernel.log().linesWritten()).isPositive();
        });
        row("alloc_pages, NOFAIL without DIRECT_RECLAIM: warned about", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_ATOMIC | __GFP_NOFAIL, 0);
            kernel.pages().freePages(pfn, 0);
            assertThat(pfn).isPositive();
        });
        row("alloc_pages, NOFAIL of an order above 1: served", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL | __GFP_NOFAIL, 3);
            assertThat(pfn).isPositive();
            kernel.pages().freePages(pfn, 3);
        });
        row("DIRECT_RECLAIM in atomic context: reported, and served", kernel -> {
            kernel.contexts()
                    .atomic(() -> kernel.pages().freePages(kernel.pages().allocPages(GFP_KERNEL, 0), 0));
            logged(kernel, "BUG: sleeping function called from invalid context");
        });
        row(
                "zone bits that contradict each other",
                kernel ->
                        refused(BadGfpException.class, () -> kernel.pages().allocPages(__GFP_DMA | __GFP_HIGHMEM, 0)));
        row("__free_pages of what is free", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
            kernel.pages().freePages(pfn, 0);
            refused(BadPageException.class, () -> kernel.pages().freePages(pfn, 0));
        });
        row("free_pages(0): nothing", kernel -> kernel.addresses().freePages(0, 3));
        row("free_pages with another order", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL, 2);
            refused(BadPageException.class, () -> kernel.pages().freePages(pfn, 1));
            refused(BadPageException.class, () -> kernel.pages().freePages(pfn, 3));
            kernel.pages().freePages(pfn, 2);
        });
        row("free_pages_exact with another size", kernel -> {
            long pfn = kernel.pages().allocPagesExact(3 * 4096, GFP_KERNEL);
            refused(BadPageException.class, () -> kernel.pages().freePagesExact(pfn, 4 * 4096));
            kernel.pages().freePagesExact(pfn, 3 * 4096);
        });
        row("split_page of a compound block, or of what is free", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL | __GFP_COMP, 2);
            refused(BadPageException.class, () -> kernel.pages().splitPage(pfn, 2));
            kernel.pages().freePages(pfn, 2);
            refused(BadPageException.class, () -> kernel.pages().splitPage(pfn, 2));
        });
    }

    private void kmalloc() {
        row("kmalloc(0): ZERO_SIZE_PTR", kernel -> {
            assertThat(kernel.kmalloc().kmalloc(0, GFP_KERNEL)).isEqualTo(Kmalloc.ZERO_SIZE_PTR);
            refused(RuntimeException.class, () -> kernel.directMap().pfn(Kmalloc.ZERO_SIZE_PTR));
        });
        row("kmalloc above KMALLOC_MAX_SIZE: warned about, and none", kernel -> {
            assertThat(kernel.kmalloc().kmalloc(4 * MIB + 1, GFP_KERNEL | __GFP_NOWARN))
                    .isZero();
            assertThat(kernel.log().lines()).isEmpty();
            assertThat(kernel.kmalloc().kmalloc(4 * MIB + 1, GFP_KERNEL)).isZero();
            assertThat(kernel.log().linesWritten()).isPositive();
        });
        row("kmalloc of an array that overflows: none, and silent", kernel -> {
            assertThat(kernel.kmalloc().kcalloc(-1L >>> 2, 8, GFP_KERNEL)).isZero();
            assertThat(kernel.log().lines()).isEmpty();
        });
        row("gfp bits that slabs do not take: dropped, and reported", kernel -> {
            kernel.kmalloc().kfree(kernel.kmalloc().kmalloc(100, GFP_KERNEL | __GFP_HIGHMEM));
            logged(kernel, "Unexpected gfp");
        });
        row("kfree(0), kfree(ZERO_SIZE_PTR): nothing", kernel -> {
            kernel.kmalloc().kfree(0);
            kernel.kmalloc().kfree(Kmalloc.ZERO_SIZE_PTR);
        });
        row("kfree of pages that are not kmalloc's", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
            refused(
                    BadObjectException.class,
                    () -> kernel.kmalloc().kfree(kernel.directMap().address(pfn)));
            kernel.pages().freePages(pfn, 0);
        });
        row("kfree of an address of vmalloc", kernel -> {
            long area = kernel.vmalloc().vmalloc(4096);
            refused(BadObjectException.class, () -> kernel.kmalloc().kfree(area));
            kernel.vmalloc().vfree(area);
        });
        row("kfree within an object", kernel -> {
            long object = kernel.kmalloc().kmalloc(100, GFP_KERNEL);
            refused(BadObjectException.class, () -> kernel.kmalloc().kfree(object + 8));
            kernel.kmalloc().kfree(object);
        });
        row("kfree twice", kernel -> {
            long object = kernel.kmalloc().kmalloc(100, GFP_KERNEL);
            kernel.kmalloc().kfree(object);
            refused(BadObjectException.class, () -> kernel.kmalloc().kfree(object));
        });
        row("krealloc of what is free", kernel -> {
            long object = kernel.kmalloc().kmalloc(100, GFP_KERNEL);
            kernel.kmalloc().kfree(object);
            refused(BadObjectException.class, () -> kernel.kmalloc().krealloc(object, 1000, GFP_KERNEL));
        });
        row("kvmalloc above INT_MAX: warned about, and none", kernel -> {
            assertThat(kernel.kvmalloc().kvmalloc(1L << 31, GFP_KERNEL)).isZero();
            logged(kernel, "kvmalloc");
        });
    }

    private static KmemCache cache(Kernel kernel, String name, int flags) {
        return Objects.requireNonNull(kernel.slab().kmemCacheCreate(name, 300, 0, flags | SlabFlags.SLAB_NO_MERGE));
    }

    private void caches() {
        row("kmem_cache_free to another cache", kernel -> {
            KmemCache right = cache(kernel, "right", 0);
            KmemCache wrong = cache(kernel, "wrong", 0);
            long object = right.alloc(GFP_KERNEL);
            refused(BadObjectException.class, () -> wrong.free(object));
            right.free(object);
        });
        row("kmem_cache_create with bad arguments: reported, and none; with SLAB_PANIC thrown", kernel -> {
            assertThat(kernel.slab().kmemCacheCreate("none", 0, 0, 0)).isNull();
            assertThat(kernel.slab().kmemCacheCreate("none", 8, 3, 0)).isNull();
            assertThat(kernel.log().linesWritten()).isPositive();
            refused(
                    IllegalStateException.class,
                    () -> kernel.slab().kmemCacheCreate("none", 0, 0, SlabFlags.SLAB_PANIC));
            assertThat(kernel.slab().find("none")).isEmpty();
        });
        row("kmem_cache_destroy with live objects: reported, and the cache stays", kernel -> {
            KmemCache cache = cache(kernel, "live", 0);
            long object = cache.alloc(GFP_KERNEL);
            assertThat(cache.destroy().isDestroyed()).isFalse();
            logged(kernel, "live");
            cache.free(object);
        });
        row("kmem_cache_alloc_bulk that is too large: all go back, and 0", kernel -> {
            long[] objects = new long[100_000];
            assertThat(cache(kernel, "bulk", 0).allocBulk(GFP_KERNEL | __GFP_NOWARN, objects))
                    .isZero();
            assertThat(objects).containsOnly(0);
        });
        row(
                "kmem_cache_prefill_sheaf of nothing",
                kernel -> refused(
                        IllegalArgumentException.class,
                        () -> cache(kernel, "sheaf", 0).prefillSheaf(GFP_KERNEL, 0)));
        row(
                "validate of a cache without checks",
                kernel -> refused(
                        IllegalStateException.class,
                        () -> cache(kernel, "unchecked", 0).validate()));
    }

    private void vmalloc() {
        row("vmalloc(0): warned about, and none", kernel -> {
            assertThat(kernel.vmalloc().vmalloc(0)).isZero();
            assertThat(kernel.log().linesWritten()).isPositive();
        });
        row("vmalloc of more than there is: reported, and none", kernel -> {
            assertThat(kernel.vmalloc().vmalloc(64 * MIB)).isZero();
            logged(kernel, "exceeds total pages");
        });
        row("vmalloc when frames end in the middle: all go back", kernel -> {
            List<Long> held = new ArrayList<>();
            for (long pfn = take(kernel); pfn != 0; pfn = take(kernel)) {
                held.add(pfn);
            }
            held.subList(0, 4).forEach(pfn -> kernel.pages().freePages(pfn, 0));
            assertThat(kernel.vmalloc().vmalloc(8 * MIB)).isZero();
            logged(kernel, "failed to allocate pages");
            held.subList(4, held.size()).forEach(pfn -> kernel.pages().freePages(pfn, 0));
        });
        row("vfree(0), vfree within an area, of nothing, twice", kernel -> {
            kernel.vmalloc().vfree(0);
            long area = kernel.vmalloc().vmalloc(3 * 4096);
            refused(BadAddressException.class, () -> kernel.vmalloc().vfree(area + 1));
            refused(BadAddressException.class, () -> kernel.vmalloc().vfree(area + 4096));
            refused(BadAddressException.class, () -> kernel.vmalloc().vfree(4096));
            kernel.vmalloc().vfree(area);
            refused(BadAddressException.class, () -> kernel.vmalloc().vfree(area));
        });
        row("vmap of free frames, or of more than there are", kernel -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL, 0);
            kernel.pages().freePages(pfn, 0);
            refused(BadPageException.class, () -> kernel.vmalloc().vmap(new long[] {pfn}));
            assertThat(kernel.vmalloc().vmap(new long[0])).isZero();
        });
        row("vm_unmap_ram of 0, outside, unaligned, unknown", kernel -> {
            for (long address : new long[] {0, 4096, 4097, Long.MAX_VALUE}) {
                refused(BadAddressException.class, () -> kernel.vmalloc().vmUnmapRam(address, 1));
            }
        });
        row("vrealloc to 0: freed, and none", kernel -> {
            long area = kernel.vmalloc().vmalloc(4096);
            assertThat(kernel.vmalloc().vrealloc(area, 0, GFP_KERNEL)).isZero();
            refused(BadAddressException.class, () -> kernel.vmalloc().vfree(area));
        });
        row("vrealloc of an address that is not aligned so: warned about, and the area stays", kernel -> {
            long area = kernel.vmalloc().vmalloc(4096);
            assertThat(kernel.vmalloc().vreallocAligned(area, 8192, 1L << 40, GFP_KERNEL, -1))
                    .isZero();
            kernel.vmalloc().vfree(area);
        });
    }

    private static long take(Kernel kernel) {
        return kernel.pages().allocPages(GFP_KERNEL | __GFP_NOWARN, 0);
    }

    private void others() {
        row("alloc_percpu of 0, above 32 KiB, at more than a page, at no power of two", kernel -> {
            long[][] bad = {{0, 8}, {32_769, 8}, {8, 8192}, {8, 12}};
            for (long[] request : bad) {
                assertThat(kernel.percpu().allocPercpu(request[0], request[1], GFP_KERNEL))
                        .isZero();
            }
            assertThat(kernel.log().linesWritten()).isPositive();
        });
        row("free_percpu(0), of nothing, twice", kernel -> {
            kernel.percpu().freePercpu(0);
            long area = kernel.percpu().allocPercpu(8, 8, GFP_KERNEL);
            kernel.percpu().freePercpu(area);
            kernel.percpu().freePercpu(area);
            assertThat(kernel.log().linesWritten()).isPositive();
        });
        row("mempool of fewer than none, resized to none, asked for zeroes, given 0", kernel -> {
            refused(IllegalArgumentException.class, () -> kernel.pools().mempoolOfPages("p", -1, 0));
            Mempool pool = kernel.pools().mempoolOfPages("p", 1, 0);
            refused(IllegalArgumentException.class, () -> pool.resize(0));
            pool.free(0);
            refused(BadGfpException.class, () -> pool.alloc(GFP_KERNEL | __GFP_ZERO));
            pool.destroy();
        });
        row("devm_kfree of what is not managed", kernel -> {
            ElementSource source = ElementSource.ofKmalloc(kernel.kmalloc(), 100);
            try (DeviceResources card = new DeviceResources("card")) {
                long object = kernel.kmalloc().kmalloc(100, GFP_KERNEL);
                refused(IllegalArgumentException.class, () -> card.free(source, object));
                kernel.kmalloc().kfree(object);
            }
        });
        row("a context's scopes and a closed kernel", kernel -> {
            Kernel closed = Kernel.boot(KernelConfig.ofBytes(4 * MIB));
            closed.close();
            closed.close();
            refused(IllegalStateException.class, closed::pages);
            refused(IllegalStateException.class, closed::snapshot);
            refused(IllegalStateException.class, closed::trim);
            refused(IllegalStateException.class, closed::openArena);
        });
    }
}
