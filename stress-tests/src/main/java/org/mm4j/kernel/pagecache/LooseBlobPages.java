package org.mm4j.kernel.pagecache;

/** Pages that are moved after a look that nobody reads them, and without keeping anybody out. */
final class LooseBlobPages extends BlobPages {
    LooseBlobPages(long bytes, long[] pfns) {
        super(bytes, pfns);
    }

    @Override
    boolean tryFreeze() {
        return stateAcquire() == 1;
    }
}
