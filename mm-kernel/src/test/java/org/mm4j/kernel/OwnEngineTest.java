package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.ObjectCache;
import org.mm4j.api.ObjectStock;
import org.mm4j.contract.ObjectCacheContract;
import org.mm4j.contract.ObjectStockContract;
import org.mm4j.slab.KmemCache;

/** A slab engine of somebody else's keeps the contract, and serves kmalloc and all caches of a kernel. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnEngineTest {
    private static Kernel boot(ObjectStock.Maker maker) {
        KernelConfig config = KernelConfig.ofBytes(32 << 20);
        return Kernel.boot(config.withSlab(config.slab().withStock(maker)));
    }

    @Nested
    class Stock extends ObjectStockContract {
        @Override
        protected ObjectStock.Maker maker() {
            return ShelfStock::over;
        }
    }

    /** The caches of a kernel that has it. */
    @Nested
    class Caches extends ObjectCacheContract {
        private final Kernel kernel = boot(ShelfStock::over);

        @Override
        protected ObjectCache cache(int objectSize) {
            return kernel.objectCache("own" + objectSize, objectSize);
        }

        @Override
        protected List<String> validate(ObjectCache cache) {
            return kernel.validate();
        }

        @AfterEach
        void close() {
            kernel.close();
        }
    }

    /** kmalloc of a kernel that has it, as a cache of one size. */
    @Nested
    class OfKmalloc extends ObjectCacheContract {
        private final Kernel kernel = boot(ShelfStock::over);

        @Override
        protected ObjectCache cache(int objectSize) {
            return new KmallocOfOneSize(kernel, objectSize);
        }

        @Override
        protected List<String> validate(ObjectCache cache) {
            return kernel.validate();
        }

        @AfterEach
        void close() {
            kernel.close();
        }
    }

    private record KmallocOfOneSize(Kernel kernel, int objectSize) implements ObjectCache {
        @Override
        public String name() {
            return "kmalloc";
        }

        @Override
        public long alloc(int gfp) {
            return kernel.kmalloc().kmalloc(objectSize, gfp);
        }

        /** kfree(0) does nothing; a cache refuses it. */
        @Override
        public void free(long address) {
            if (address == 0) {
                throw new BadObjectException(0, "0 is no object");
            }
            kernel.kmalloc().kfree(address);
        }

        @Override
        public int allocBulk(int gfp, long[] objects) {
            for (int i = 0; i < objects.length; i++) {
                objects[i] = alloc(gfp);
                if (objects[i] == 0) {
                    kernel.kmalloc().kfreeBulk(objects, i);
                    Arrays.fill(objects, 0);
                    return 0;
                }
            }
            return objects.length;
        }

        @Override
        public void freeBulk(long[] objects, int count) {
            kernel.kmalloc().kfreeBulk(objects, count);
        }
    }

    @Test
    void kmallocIsServedByIt() {
        List<String> caches = new ArrayList<>();
        List<ObjectStock> stocks = new ArrayList<>();
        try (Kernel kernel = boot((cache, bytes, slabs) -> {
            caches.add(cache);
            stocks.add(new ShelfStock(slabs));
            return stocks.getLast();
        })) {
            long object = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
            List<Long> kept = new ArrayList<>();
            stocks.get(caches.indexOf("kmalloc-128")).forEach(kept::add);
            assertThat(kept).as("the rest of what it took").hasSize(31).doesNotContain(object);
            kernel.kmalloc().kfree(object);
            assertThatThrownBy(() -> kernel.kmalloc().kfree(object)).isInstanceOf(BadObjectException.class);
            assertThat(kernel.slab()
                            .find("kmalloc-128")
                            .orElseThrow()
                            .snapshot()
                            .objectsKept())
                    .isEqualTo(32);
            assertThat(kernel.validate()).isEmpty();
            kernel.trim();
            assertThat(kernel.pagesOfSlab()).isZero();
        }
    }

    /** Hands out the same object again and again. */
    private record Stuck(Slabs slabs, long[] one) implements ObjectStock {
        @Override
        public long take(int gfp) {
            return one[0] != 0 || slabs.take(gfp, one, 0, 1) == 1 ? one[0] : NONE;
        }

        @Override
        public void put(long object) {}

        @Override
        public void flush() {}

        @Override
        public void forEach(LongConsumer visitor) {}
    }

    @Test
    void aStockThatHandsAnObjectOutTwiceIsNoticed() {
        try (Kernel kernel = boot((_, _, slabs) -> new Stuck(slabs, new long[1]))) {
            KmemCache cache = Objects.requireNonNull(kernel.slab().kmemCacheCreate("bad", 100, 0, 0));
            long object = cache.alloc(Gfp.GFP_KERNEL);
            assertThatThrownBy(() -> cache.alloc(Gfp.GFP_KERNEL))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("gave out 0x" + Long.toHexString(object) + ", which somebody has");
            cache.free(object);
            assertThat(kernel.validate()).as("it has lost the object").isNotEmpty();
        }
    }
}
