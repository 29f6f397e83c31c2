package org.mm4j.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.util.Objects;
import org.mm4j.api.Gfp;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.SlabOptions;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SlabEngineKind;
import org.mm4j.slab.SlabFlags;

/** Objects of a kernel's caches. */
abstract class KernelPlaces implements Places {
    final Kernel kernel;
    final long[] addresses;

    private KernelPlaces(Kernel kernel, int places) {
        this.kernel = kernel;
        addresses = new long[places];
    }

    private static Kernel boot(SlabEngineKind engine) {
        KernelConfig config = KernelConfig.defaults();
        return Kernel.boot(config.withSlab(SlabOptions.DEFAULT.withEngine(engine)));
    }

    static Places ofCache(SlabEngineKind engine, int places) {
        Kernel kernel = boot(engine);
        KmemCacheArgs args = KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);
        KmemCache cache = kernel.slab().kmemCacheCreate("bench", OBJECT_BYTES, args);
        return new OfCache(kernel, Objects.requireNonNull(cache), places);
    }

    static Places ofKmalloc(SlabEngineKind engine, int places) {
        return new OfKmalloc(boot(engine), places);
    }

    @Override
    public void touch(int place, int bytes) {
        PhysicalMemory memory = kernel.memory();
        long start = addresses[place] - memory.directMapAddress();
        for (int at = 0; at < bytes; at += 4096) {
            memory.directMap().set(JAVA_BYTE, start + at, (byte) 1);
        }
    }

    private static final class OfCache extends KernelPlaces {
        private final KmemCache cache;

        OfCache(Kernel kernel, KmemCache cache, int places) {
            super(kernel, places);
            this.cache = cache;
        }

        @Override
        public void take(int place, int bytes) {
            addresses[place] = cache.alloc(Gfp.GFP_KERNEL);
        }

        @Override
        public void give(int place) {
            cache.free(addresses[place]);
        }

        @Override
        public Places another(int places) {
            return new OfCache(kernel, cache, places);
        }
    }

    private static final class OfKmalloc extends KernelPlaces {
        private final Kmalloc kmalloc;

        OfKmalloc(Kernel kernel, int places) {
            super(kernel, places);
            kmalloc = kernel.kmalloc();
        }

        @Override
        public void take(int place, int bytes) {
            addresses[place] = kmalloc.kmalloc(bytes, Gfp.GFP_KERNEL);
        }

        @Override
        public void give(int place) {
            kmalloc.kfree(addresses[place]);
        }

        @Override
        public Places another(int places) {
            return new OfKmalloc(kernel, places);
        }
    }
}
