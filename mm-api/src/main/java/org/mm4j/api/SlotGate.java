package org.mm4j.api;

/**
 * Lets one thread at a time into each of a few slots. What belongs to a slot, its data, is touched inside only, by plain
 * loads and stores: whoever enters sees all that was written inside before.
 *
 * <pre>
 *    int slot = gate.enter();           // never waits
 *    if (slot == SlotGate.NONE) { ... do without a slot }
 *    try { ... the section ... } finally { gate.leave(slot); }
 * </pre>
 *
 * <p>A section is short, does not block, and enters no other slot of the gate. Two disciplines stand in mm-percpu: shared,
 * where each section is a try-lock, and owned, where the owner of a slot needs no atomic instruction.
 *
 * <p>In Linux 6.18: include/linux/local_lock.h, local_trylock().
 */
public interface SlotGate {
    /** What {@link #enter} returns when no slot can be entered at once. */
    int NONE = -1;

    /** How many slots there are. */
    int slots();

    /** Enters a slot near the calling thread, or returns {@link #NONE}. */
    int enter();

    /** Leaves the slot that {@link #enter} returned. */
    void leave(int slot);

    /** Enters a given slot from outside: waits for the section that runs there, and keeps everyone else out. */
    void seize(int slot);

    /** The end of {@link #seize}. */
    void release(int slot);

    /** What it is made of, for reports. */
    String kind();
}
