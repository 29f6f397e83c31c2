package org.mm4j.percpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.CpuSource;
import org.mm4j.api.Padded;
import org.mm4j.api.SlotGate;
import org.mm4j.api.Waiting;

/**
 * The gate whose slots belong to nobody: every thread enters the slot of the CPU that it is on, by a try-lock.
 *
 * <pre>
 *              enter, seize: compare-and-set
 *    FREE  ------------------------------------&gt;  INSIDE
 *     0    &lt;------------------------------------    1
 *              leave, release: release store
 * </pre>
 *
 * <p>Invariant S1: between entering a slot and leaving it, nobody else enters it, and everything written inside before is
 * seen.
 *
 * <p>In Linux 6.18: the trylock of pcp-&gt;lock, mm/page_alloc.c. Differs: a thread may move to another CPU inside, so the
 * lock is taken by an atomic instruction even on the own CPU.
 */
public final class SharedGate implements SlotGate {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private static final long FREE = 0;
    private static final long INSIDE = 1;

    private final CpuSource cpus;
    private final int slots;
    private final long[] words;

    /** A gate whose slots are all free. */
    public SharedGate(int slots, CpuSource cpus) {
        this.slots = slots;
        this.cpus = cpus;
        words = new long[Padded.length(slots)];
    }

    @Override
    public int slots() {
        return slots;
    }

    @Override
    public int enter() {
        int slot = cpus.cpu(slots);
        return tryEnter(slot) ? slot : NONE;
    }

    boolean tryEnter(int slot) {
        return wordOpaque(slot) == FREE && casWord(slot, FREE, INSIDE); // [shared-gate.A1] pairs with [shared-gate.R1]
    }

    @Override
    public void leave(int slot) {
        assert wordOpaque(slot) == INSIDE : "leaving slot " + slot + ", which nobody is inside of";
        setWordRelease(slot, FREE); // [shared-gate.R1] the section's writes, to the next inside
    }

    @Override
    public void seize(int slot) {
        Waiting waiting = new Waiting();
        while (!tryEnter(slot)) {
            waiting.once();
        }
        waiting.end();
    }

    @Override
    public void release(int slot) {
        leave(slot);
    }

    @Override
    public String kind() {
        return "shared";
    }

    private long wordOpaque(int slot) {
        return (long) WORD.getOpaque(words, Padded.index(slot));
    }

    private void setWordRelease(int slot, long word) {
        WORD.setRelease(words, Padded.index(slot), word);
    }

    private boolean casWord(int slot, long expected, long next) {
        return WORD.compareAndSet(words, Padded.index(slot), expected, next);
    }
}
