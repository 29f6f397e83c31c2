package org.mm4j.percpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;

/**
 * The gate whose slots belong to nobody: every thread enters the slot of the CPU that it is on, by a try-lock.
 *
 * <pre>
 *              enter, seize: compare-and-set
 *    even  ------------------------------------&gt;  odd
 *    free  &lt;------------------------------------  somebody is inside
 *              leave, release: +1, release store
 * </pre>
 *
 * <p>Invariants: <ul>
 * <li>S1: between entering a slot and leaving it, nobody else enters it, and everything written inside before is seen.
 * <li>S2: the word only grows, so a section has ended as soon as the word differs from what it was inside.
 * </ul>
 *
 * <p>Entering is a volatile access, and so is the look of {@link #awaitSections}: of a section and who awaits it, at least
 * one sees the other.
 *
 * <p>In Linux 6.18: the trylock of pcp-&gt;lock, mm/page_alloc.c. Differs: a thread may move to another CPU inside, so the
 * lock is taken by an atomic instruction even on the own CPU.
 */
public final class SharedGate implements SlotGate {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

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
        long word = wordOpaque(slot);
        return isFree(word) && casWord(slot, word, word + 1); // [shared-gate.A1] pairs with [shared-gate.R1]
    }

    @Override
    public void leave(int slot) {
        long word = wordOpaque(slot);
        assert !isFree(word) : "leaving slot " + slot + ", which nobody is inside of";
        setWordRelease(slot, word + 1); // [shared-gate.R1] the section's writes, to the next inside
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
    public void awaitSections() {
        VarHandle.fullFence(); // for what the caller wrote by less than a volatile access
        for (int slot = 0; slot < slots; slot++) {
            awaitSection(slot);
        }
    }

    private void awaitSection(int slot) {
        long word = wordVolatile(slot);
        Waiting waiting = new Waiting();
        while (!isFree(word) && wordVolatile(slot) == word) { // [shared-gate.A2] pairs with [shared-gate.R1]
            waiting.once();
        }
        waiting.end();
    }

    @Override
    public String kind() {
        return "shared";
    }

    private static boolean isFree(long word) {
        return (word & 1) == 0;
    }

    private long wordOpaque(int slot) {
        return (long) WORD.getOpaque(words, Padded.index(slot));
    }

    private long wordVolatile(int slot) {
        return (long) WORD.getVolatile(words, Padded.index(slot));
    }

    private void setWordRelease(int slot, long word) {
        WORD.setRelease(words, Padded.index(slot), word);
    }

    private boolean casWord(int slot, long expected, long next) {
        return WORD.compareAndSet(words, Padded.index(slot), expected, next);
    }
}
