package org.mm4j.lab;

import static org.mm4j.slab.SlabFlags.SLAB_HWCACHE_ALIGN;
import static org.mm4j.slab.SlabFlags.SLAB_NO_MERGE;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.Kernel;
import org.mm4j.lab.replay.ObjectTarget;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SlabLayout;
import org.mm4j.slab.SlabRequest;
import org.mm4j.slab.SlabSettings;

/**
 * The objects of a kernel.
 *
 * <p>A trace tells the sizes of a cache's objects and slots, not its flags. So the first usual way of creating a cache is
 * taken that leads to these sizes: plain, with objects that fill cache lines, with a constructor, with both, with
 * another alignment. The names in a trace are those that the recorded kernel had left after merging, so nothing is merged
 * here.
 */
final class KernelObjects implements ObjectTarget {
    private static final List<KmemCacheArgs> USUAL = usual();

    private final Kernel kernel;

    KernelObjects(Kernel kernel) {
        this.kernel = kernel;
    }

    private static List<KmemCacheArgs> usual() {
        KmemCacheArgs plain = KmemCacheArgs.NONE.withFlags(SLAB_NO_MERGE);
        KmemCacheArgs lines = KmemCacheArgs.NONE.withFlags(SLAB_NO_MERGE | SLAB_HWCACHE_ALIGN);
        List<KmemCacheArgs> usual =
                new ArrayList<>(List.of(plain, lines, plain.withCtor(_ -> {}), lines.withCtor(_ -> {})));
        for (int align = 16; align <= PageFrame.PAGE_SIZE; align *= 2) {
            usual.add(plain.withAlign(align));
        }
        return usual;
    }

    @Override
    public long kmalloc(int bytes, int gfp) {
        return kernel.kmalloc().kmalloc(bytes, gfp);
    }

    @Override
    public void kfree(long address) {
        kernel.kmalloc().kfree(address);
    }

    @Override
    public long kmallocSizeRoundup(int bytes) {
        return kernel.kmalloc().kmallocSizeRoundup(bytes);
    }

    @Override
    public Cache cache(String name, int bytes, int slotBytes) {
        KmemCacheArgs args = USUAL.stream()
                .filter(each -> slotBytes(bytes, each) == slotBytes)
                .findFirst()
                .orElse(USUAL.getFirst());
        KmemCache cache = kernel.slab().kmemCacheCreate(name, bytes, args);
        if (cache == null) {
            throw new IllegalStateException("cache " + name + " for objects of " + bytes + " bytes was refused");
        }
        return new KernelCache(cache);
    }

    private int slotBytes(int bytes, KmemCacheArgs args) {
        SlabRequest request = SlabRequest.of(
                        bytes, SlabSettings.ofCpus(Math.max(1, kernel.config().cpus())))
                .withAlign(args.align())
                .withFlags(args.flags())
                .withCtor(args.ctor() != null);
        return SlabLayout.of(request).size();
    }

    @Override
    public long inUse() {
        return kernel.slab().objectsInUse() + kernel.kmalloc().largeBlocks();
    }

    private record KernelCache(KmemCache cache) implements Cache {
        @Override
        public long alloc(int gfp) {
            return cache.alloc(gfp);
        }

        @Override
        public void free(long address) {
            cache.free(address);
        }

        @Override
        public int slotBytes() {
            return cache.layout().size();
        }

        @Override
        public void destroy() {
            cache.destroy();
        }
    }
}
