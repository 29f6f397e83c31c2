package org.mm4j.api;

/**
 * A call that names an object which cannot be what the caller says it is: freed already, of another cache, not where an
 * object begins, or in no slab. The allocator's state is what it was before the call.
 *
 * <p>In Linux 6.18: mm/slub.c, cache_from_obj(), check_object() and free_consistency_checks(). Differs: the kernel
 * notices these in debug modes, and leaks the object; otherwise it corrupts its freelists.
 */
public final class BadObjectException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final long address;

    /** A refused call on {@code address}, and the whole sentence that says why. */
    public BadObjectException(long address, String sentence) {
        super(sentence);
        this.address = address;
    }

    /** The address that the caller named. */
    public long address() {
        return address;
    }
}
