package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.SizeClasses;

/** Reserves over slabs and kmalloc, buckets and folios. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelPoolsTest {
    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20));

    @AfterEach
    void close() {
        assertThat(kernel.validate()).isEmpty();
        kernel.close();
    }

    @Test
    void aMempoolOfACacheKeepsItsObjects() {
        KmemCache cache = Objects.requireNonNull(kernel.slab().kmemCacheCreate("bios", 200, 0, 0));
        Mempool pool = kernel.pools().mempoolOfCache("bios", 3, cache);
        assertThat(kernel.slab().objectsInUse()).isEqualTo(3);
        long element = pool.alloc(Gfp.GFP_KERNEL);
        assertThat(kernel.slab().cacheOf(element)).isSameAs(cache);
        assertThatThrownBy(() -> pool.free(element + 8)).isInstanceOf(BadObjectException.class);
        pool.free(element);
        assertThat(pool.elementsReserved()).isEqualTo(3);
        assertThat(pool.destroy()).isZero();
        assertThat(kernel.slab().objectsInUse()).isZero();
        assertThat(cache.destroy().isDestroyed()).isTrue();
    }

    @Test
    void aMempoolOfKmallocKeepsItsMemory() {
        Mempool pool = kernel.pools().mempoolOfKmalloc("buffers", 2, 9000);
        long element = pool.alloc(Gfp.GFP_KERNEL);
        assertThat(kernel.kmalloc().ksize(element)).isEqualTo(16_384);
        pool.free(element);
        pool.destroy();
        assertThat(kernel.kmalloc().largeBlocks()).isZero();
        assertThatThrownBy(() -> kernel.pools().mempoolOfKmalloc("none", 2, 0))
                .hasMessage("kmalloc has 1 to 4194304 bytes, not 0");
    }

    @Test
    void bucketsAreCachesOfTheirOwn() {
        KmemBuckets buckets = kernel.pools().kmemBuckets("msg_msg");
        assertThat(buckets.caches()).hasSize(SizeClasses.LINUX.count());
        long small = buckets.alloc(100, Gfp.GFP_KERNEL);
        long ordinary = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
        assertThat(Objects.requireNonNull(kernel.slab().cacheOf(small)).name()).isEqualTo("msg_msg-128");
        assertThat(Objects.requireNonNull(kernel.slab().cacheOf(ordinary)).name())
                .isEqualTo("kmalloc-128");
        assertThat(kernel.kmalloc().ksize(small)).isEqualTo(128);
        long large = buckets.alloc(9000, Gfp.GFP_KERNEL);
        assertThat(kernel.kmalloc().ksize(large)).isEqualTo(16_384);
        long huge = buckets.valloc(5 << 20, Gfp.GFP_KERNEL);
        assertThat(kernel.kvmalloc().isVmallocAddr(huge)).isTrue();
        assertThat(buckets.valloc(1000, Gfp.GFP_KERNEL)).satisfies(address -> {
            assertThat(Objects.requireNonNull(kernel.slab().cacheOf(address)).name())
                    .isEqualTo("msg_msg-1k");
            kernel.kvmalloc().kvfree(address);
        });
        for (long address : new long[] {small, ordinary, large, huge}) {
            kernel.kvmalloc().kvfree(address);
        }
        buckets.close();
        assertThat(kernel.slab().find("msg_msg-128")).isEmpty();
        assertThatThrownBy(() -> kernel.pools().kmemBuckets("b", 0, -1, 8, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.pools().kmemBuckets("b", -1, 0, 8, null))
                .isInstanceOf(IllegalStateException.class);
        assertThat(kernel.slab().find("b-8")).isEmpty();
    }

    @Test
    @DisplayName("C25, with a handle: a folio goes when its last reference does, whole")
    void foliosKnowTheirOrder() {
        for (int order = 0; order <= 10; order++) {
            Folio folio = kernel.folios().alloc(Gfp.GFP_KERNEL, order);
            assertThat(folio.size()).isEqualTo(4096L << order);
            assertThat(folio.nrPages()).isEqualTo(1 << order);
            assertThat(kernel.folios().of(folio.page(folio.nrPages() - 1))).isEqualTo(folio);
            folio.segment().set(JAVA_LONG, folio.size() - 8, 7);
            assertThat(folio.refCount()).isEqualTo(1);
            folio.get();
            folio.put();
            assertThat(folio.refCount()).isEqualTo(1);
            assertThatThrownBy(() -> folio.page(folio.nrPages())).isInstanceOf(IndexOutOfBoundsException.class);
            folio.put();
            assertThatThrownBy(folio::put).isInstanceOf(BadPageException.class);
            assertThatThrownBy(folio::get).isInstanceOf(BadPageException.class);
            assertThatThrownBy(() -> kernel.folios().of(folio.pfn())).isInstanceOf(BadPageException.class);
        }
        assertThat(kernel.pagesInUse()).isZero();
    }
}
