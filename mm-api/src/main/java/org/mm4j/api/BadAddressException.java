package org.mm4j.api;

/**
 * A call that names a virtual address which cannot be what the caller says it is: freed already, in the middle of an
 * area, or never handed out. The allocator's state is what it was before the call.
 *
 * <p>In Linux 6.18: mm/vmalloc.c, the warnings of remove_vm_area() and vfree(). Differs: the kernel logs and goes on.
 */
public final class BadAddressException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final long address;

    /** A refused call on {@code address}, and the whole sentence that says why. */
    public BadAddressException(long address, String sentence) {
        super(sentence);
        this.address = address;
    }

    /** The address that the caller named. */
    public long address() {
        return address;
    }
}
