package org.mm4j.memory;

import org.mm4j.api.PageFrame;

/** What all reserves share: the bounds. */
abstract sealed class Reserve implements AddressReserve permits HostReserve, TranslatedReserve {
    /** Reserves begin at a multiple of this, so that large blocks can be mapped by large pages. */
    static final long ALIGN_BYTES = (long) PageFrame.PAGEBLOCK_NR_PAGES << PageFrame.PAGE_SHIFT;

    private final long bytes;

    Reserve(long bytes) {
        this.bytes = bytes;
    }

    /** A range whose bounds are right. */
    abstract VirtualRange checkedRange(long offset, long bytes);

    @Override
    public final long bytes() {
        return bytes;
    }

    @Override
    public final VirtualRange range(long offset, long rangeBytes) {
        if (offset < 0 || rangeBytes <= 0 || offset > bytes - rangeBytes) {
            throw new IndexOutOfBoundsException("the range of " + rangeBytes + " bytes from offset " + offset
                    + " is not within the reserve of " + bytes + " bytes");
        }
        if ((offset | rangeBytes) % PageFrame.PAGE_SIZE != 0) {
            throw new IllegalArgumentException("the range of " + rangeBytes + " bytes from offset " + offset
                    + " is not made of whole pages of " + PageFrame.PAGE_SIZE + " bytes");
        }
        return checkedRange(offset, rangeBytes);
    }
}
