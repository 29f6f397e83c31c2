package org.mm4j.slab;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Addresses in the order in which they came, in batches, and some empty batches to go on with.
 *
 * <pre>
 *    first -&gt; [full] -&gt; [full] -&gt; [filling] &lt;- last        kept -&gt; [empty] -&gt; [empty]
 * </pre>
 *
 * <p>Not thread-safe: {@link FreeAfterGrace} guards it by its lock.
 */
final class AddressQueue {
    /** In Linux: rcu_min_cached_objs. */
    static final int BATCHES_KEPT = 5;

    private final Supplier<AddressBatch> newBatch;
    private @Nullable AddressBatch first;
    private @Nullable AddressBatch last;
    private @Nullable AddressBatch kept;
    private int batchesKept;
    private long size;

    /** Empty, with one batch kept. */
    AddressQueue(Supplier<AddressBatch> newBatch) {
        this.newBatch = newBatch;
        keep(newBatch.get());
    }

    /** How many addresses it has. */
    long size() {
        return size;
    }

    /** False, and nothing is changed, when there is no Java heap for a batch. */
    boolean add(long address) {
        AddressBatch batch = last;
        if (batch == null || batch.isFull()) {
            batch = takeEmpty();
            if (batch == null) {
                return false;
            }
            append(batch);
        }
        batch.add(address);
        size++;
        return true;
    }

    private void append(AddressBatch batch) {
        if (last == null) {
            first = batch;
        } else {
            last.next = batch;
        }
        last = batch;
    }

    private @Nullable AddressBatch takeEmpty() {
        AddressBatch batch = kept;
        if (batch == null) {
            try {
                return newBatch.get();
            } catch (OutOfMemoryError e) {
                return null; // the caller decides whether to wait for one that comes back
            }
        }
        kept = batch.next;
        batchesKept--;
        batch.next = null;
        return batch;
    }

    /** The oldest batch; the others follow it. */
    @Nullable
    AddressBatch first() {
        return first;
    }

    /** Its batches belong to somebody else from now on. */
    void forget() {
        first = null;
        last = null;
        size = 0;
    }

    /** An empty batch comes back. */
    void keep(AddressBatch batch) {
        batch.next = null;
        if (batchesKept < BATCHES_KEPT) {
            batch.next = kept;
            kept = batch;
            batchesKept++;
        }
    }
}
