package org.mm4j.kernel.failnth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_NOWAIT;
import static org.mm4j.kernel.FaultPoint.FAILSLAB;
import static org.mm4j.kernel.FaultPoint.FAIL_MEMPOOL_ALLOC;
import static org.mm4j.kernel.FaultPoint.FAIL_MEMPOOL_ALLOC_BULK;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.KmemBuckets;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.pools.DmaPool;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.pools.PageFragCache;
import org.mm4j.kernel.pools.PageFragCaches;

/** Pools, and what is cached. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthPoolsTest {
    @Test
    @DisplayName("a pool has its reserve")
    void pools() {
        FailNth.absorbing(FAILSLAB, FAIL_MEMPOOL_ALLOC).everyCall(user -> {
            user.tries(() -> {
                Mempool pool = user.kernel.pools().mempoolOfKmalloc("pool", 3, 200);
                long[] elements = new long[5];
                for (int i = 0; i < elements.length; i++) {
                    elements[i] = pool.alloc(GFP_NOWAIT);
                    user.note(elements[i]);
                }
                Arrays.stream(elements).filter(element -> element != 0).forEach(pool::free);
                user.tries(() -> user.note(pool.resize(6) ? 1 : 0));
                pool.destroy();
            });
            user.tries(() -> {
                DmaPool pool = user.kernel.pools().dmaPool("dma", 64, 64, 0);
                List<Long> taken = new ArrayList<>();
                for (int i = 0; i < 70; i++) {
                    user.note(pool.alloc(GFP_KERNEL), taken::add);
                }
                taken.forEach(pool::free);
                pool.destroy();
            });
            PageFragCache fragments = user.kernel.pools().pageFragCache();
            List<Long> taken = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                user.note(fragments.alloc(1000, GFP_KERNEL), taken::add);
            }
            taken.forEach(fragments::free);
            fragments.drain();
            user.tries(() -> {
                try (KmemBuckets buckets = user.kernel.pools().kmemBuckets("bucket")) {
                    user.note(buckets.alloc(100, GFP_KERNEL), user.kernel.kmalloc()::kfree);
                    user.tries(() -> user.note(buckets.valloc(100_000, GFP_KERNEL), user::kvfree));
                }
            });
        });
    }

    @Test
    void blobs() {
        FailNth.absorbing().everyCall(user -> {
            try (BlobCache<Integer> cache =
                    user.kernel.blobCache("blobs", 1 << 20, key -> MemorySegment.ofArray(new byte[key]))) {
                for (int bytes : new int[] {1, 5000, 100_000}) {
                    user.tries(() -> cache.put(bytes, MemorySegment.ofArray(new byte[bytes])));
                }
            }
        });
    }

    @Test
    @DisplayName("who may wait takes from the reserve what the source does not give")
    void bulk() {
        Set<FaultPoint> reached = FailNth.absorbing(FAILSLAB, FAIL_MEMPOOL_ALLOC_BULK)
                .everyCall(user -> user.tries(() -> {
                    Mempool pool = user.kernel.pools().mempoolOfPages("pages", 4, 0);
                    long[] elements = new long[4];
                    pool.allocBulk(GFP_KERNEL, elements);
                    pool.freeBulk(elements);
                    assertThat(pool.validate()).isEmpty();
                    assertThat(pool.destroy()).isZero();
                }));
        assertThat(reached).contains(FAIL_MEMPOOL_ALLOC_BULK);
    }

    @Test
    void fragments() {
        FailNth.absorbing().everyCall(user -> {
            PageFragCaches fragments = user.kernel.pools().pageFragCaches();
            for (int i = 0; i < 20; i++) {
                user.note(fragments.alloc(3000, 8), fragments::free);
            }
            fragments.drain();
        });
    }
}
