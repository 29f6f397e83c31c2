package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A block of 2<sup>{@code order}</sup> pages that is used as one: its references are counted for the whole. A handle; copies
 * of it mean the same block, and stay when the block is gone.
 *
 * <p>In Linux 6.18: {@code struct folio}, include/linux/mm_types.h.
 *
 * @param home who made it
 * @param pfn of its first page
 * @param order 0 to 10
 */
public record Folio(Folios home, long pfn, int order) {
    /** Bytes. In Linux: folio_size(). */
    public long size() {
        return 4096L << order;
    }

    /** Pages. In Linux: folio_nr_pages(). */
    public int nrPages() {
        return 1 << order;
    }

    /**
     * The pfn of one of its pages. In Linux: folio_page().
     *
     * @throws IndexOutOfBoundsException when it has no such page
     */
    public long page(int index) {
        return pfn + Objects.checkIndex(index, nrPages());
    }

    /** Its bytes, valid until the kernel closes. In Linux: folio_address(). */
    public MemorySegment segment() {
        return home.segment(this);
    }

    /** References to it. Racy. In Linux: folio_ref_count(). */
    public int refCount() {
        return home.refCount(this);
    }

    /**
     * Adds a reference. In Linux: folio_get().
     *
     * @throws org.mm4j.api.BadPageException when it is free
     */
    public void get() {
        home.get(this);
    }

    /**
     * Drops a reference; the last one gives the block back. In Linux: folio_put().
     *
     * @throws org.mm4j.api.BadPageException when it is free
     */
    public void put() {
        home.put(this);
    }

    @Override
    public String toString() {
        return "folio of order " + order + " at pfn " + pfn;
    }
}
