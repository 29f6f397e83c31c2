package org.mm4j.kernel.arena;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Padded;

/** The batch of each CPU that can be joined. */
final class BatchSlots {
    /**
     * Makes a member of a place.
     *
     * @param <M> the member
     */
    @FunctionalInterface
    interface Opening<M> {
        /** The member at a place that is taken for it. */
        M open(ScopeBatch batch, int place);
    }

    private final int slots;
    private final CpuSource cpu;
    private final Supplier<ScopeBatch> batches;
    private final Consumer<ScopeBatch> end;
    private final AtomicReferenceArray<@Nullable ScopeBatch> current;

    BatchSlots(int slots, CpuSource cpu, Supplier<ScopeBatch> batches, Consumer<ScopeBatch> end) {
        this.slots = slots;
        this.cpu = cpu;
        this.batches = batches;
        this.end = end;
        current = new AtomicReferenceArray<>(Padded.length(slots));
    }

    /** Joins the batch of the calling thread's CPU; when that is sealed, a new one. */
    <M> M join(Opening<M> opening) {
        int slot = Padded.index(cpu.cpu(slots));
        ScopeBatch batch = current.get(slot);
        int place = batch == null ? BatchMembers.NONE : batch.members().tryJoin();
        while (batch == null || place == BatchMembers.NONE) {
            batch = renewed(slot, batch);
            place = batch.members().tryJoin();
        }
        boolean isOpen = false;
        try {
            M member = opening.open(batch, place);
            isOpen = true;
            return member;
        } finally {
            if (!isOpen && batch.members().leave(place)) {
                end.accept(batch);
            }
        }
    }

    /** One makes a batch; the others of the slot wait for it, as a batch that nobody joins would stay. */
    private synchronized ScopeBatch renewed(int slot, @Nullable ScopeBatch sealed) {
        ScopeBatch batch = current.get(slot);
        if (batch == sealed || batch == null) {
            batch = batches.get();
            current.set(slot, batch);
        }
        return batch;
    }
}
