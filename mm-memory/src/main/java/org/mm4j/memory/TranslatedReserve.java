package org.mm4j.memory;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import org.mm4j.api.PhysicalMemory;

/**
 * Addresses that are only numbers. They lie above all addresses that a host gives to a process unasked, so that a raw
 * access to one never finds memory. Mapping only notes which frames are there; nothing is limited.
 */
final class TranslatedReserve extends Reserve {
    /** Above 2<sup>47</sup>, and with bit 55 set: on no machine an address that a process gets without asking for it. */
    static final long ADDRESS = 0x00c9_0000_0000_0000L;

    /** The numbers from {@link #ADDRESS} on that keep bits 48 and above as they are. */
    private static final long BYTES_MAX = 1L << 47;

    private final PhysicalMemory memory;
    private long rangesMapped;
    private boolean isClosed;

    private TranslatedReserve(PhysicalMemory memory, long bytes) {
        super(bytes);
        this.memory = memory;
    }

    static TranslatedReserve reserve(PhysicalMemory memory, long bytes) {
        if (bytes > BYTES_MAX) {
            throw new HostMemoryException(
                    "an address reserve has " + BYTES_MAX + " bytes at most, not " + bytes, Errno.ENOMEM);
        }
        TranslatedReserve reserve = new TranslatedReserve(memory, bytes);
        if (memory instanceof MappedMemory mapped) {
            mapped.addReserve();
        }
        return reserve;
    }

    @Override
    public long address() {
        return ADDRESS;
    }

    @Override
    public boolean isReal() {
        return false;
    }

    @Override
    VirtualRange checkedRange(long offset, long bytes) {
        return new TranslatedRange(this, ADDRESS + offset, bytes);
    }

    @Override
    public long mappings() {
        return 0;
    }

    @Override
    public long mappingsMax() {
        return Long.MAX_VALUE;
    }

    PhysicalMemory memory() {
        return memory;
    }

    long frames() {
        return memory.bytes() >>> PAGE_SHIFT;
    }

    /** Counts a mapped range. */
    synchronized void begin() {
        if (isClosed) {
            throw new IllegalStateException("the address reserve is closed");
        }
        rangesMapped++;
    }

    synchronized void end() {
        rangesMapped--;
    }

    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        if (rangesMapped > 0) {
            throw new IllegalStateException(
                    "the address reserve cannot close while " + rangesMapped + " ranges are mapped");
        }
        isClosed = true;
        if (memory instanceof MappedMemory mapped) {
            mapped.removeReserve();
        }
    }
}
