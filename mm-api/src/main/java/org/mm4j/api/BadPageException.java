package org.mm4j.api;

/**
 * A call that names a page frame which cannot be what the caller says it is: freed twice, of another order, misaligned,
 * outside the allocator's memory, or cached per CPU. The allocator's state is what it was before the call.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, bad_page(). Differs: the kernel notices a part of these, and leaks the page.
 */
public final class BadPageException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final long pfn;

    /** A refused call on {@code pfn}, and the whole sentence that says why. */
    public BadPageException(long pfn, String sentence) {
        super(sentence);
        this.pfn = pfn;
    }

    /** The frame that the caller named. */
    public long pfn() {
        return pfn;
    }
}
