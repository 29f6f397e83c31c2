package org.mm4j.slab;

import org.jspecify.annotations.Nullable;

/**
 * Addresses that wait together to be freed.
 *
 * <p>In Linux 6.18: struct kvfree_rcu_bulk_data of mm/slab_common.c, which fills a page.
 */
final class AddressBatch {
    /** What a page holds behind a header of 40 bytes. In Linux: KVFREE_BULK_MAX_ENTR. */
    static final int ADDRESSES_MAX = (4096 - 40) / 8;

    private final long[] addresses = new long[ADDRESSES_MAX];
    private int count;

    @Nullable
    AddressBatch next;

    boolean isFull() {
        return count == ADDRESSES_MAX;
    }

    int count() {
        return count;
    }

    void add(long address) {
        addresses[count++] = address;
    }

    /** Hands the addresses over; the batch is empty then, whatever the receiver throws. */
    void freeBy(AddressFree bulk) {
        int handedOver = count;
        count = 0;
        bulk.free(addresses, handedOver);
    }
}
