package org.mm4j.kernel.pools;

import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.SizeClasses;

/** Memory of one size. In Linux 6.18: mm/mempool.c, mempool_kmalloc(), mempool_kfree(). */
record KmallocElements(Kmalloc kmalloc, long bytes) implements ElementSource {
    KmallocElements {
        if (bytes < 1 || bytes > SizeClasses.MAX_SIZE) {
            throw new IllegalArgumentException("kmalloc has 1 to " + SizeClasses.MAX_SIZE + " bytes, not " + bytes);
        }
    }

    @Override
    public long alloc(int gfp) {
        return kmalloc.kmalloc(bytes, gfp);
    }

    @Override
    public void free(long address) {
        kmalloc.kfree(address);
    }

    @Override
    public void checkInUse(long address) {
        long size = kmalloc.ksize(address);
        if (size < bytes) {
            throw new IllegalArgumentException("element 0x" + Long.toHexString(address) + " is refused: it has " + size
                    + " bytes, and elements have " + bytes);
        }
    }
}
