package org.mm4j.percpu;

import java.util.Set;
import java.util.TreeSet;
import org.mm4j.api.SlotGate;

/** Slots for one thread, which enters the one that is set. */
final class FakeGate implements SlotGate {
    private final int slots;
    private final Set<Integer> entered = new TreeSet<>();

    /** Where {@link #enter} leads; {@link #NONE}: it refuses. */
    int next;

    /** How often {@link #enter} succeeds; then the next slot is {@link #nextThen}. */
    int entriesLeft = Integer.MAX_VALUE;

    int nextThen = NONE;

    /** Seizing it fails. */
    int faulty = -1;

    /** What is thrown then. */
    static final class Fault extends RuntimeException {}

    FakeGate(int slots) {
        this.slots = slots;
    }

    Set<Integer> entered() {
        return entered;
    }

    @Override
    public int slots() {
        return slots;
    }

    @Override
    public int enter() {
        if (entriesLeft-- == 0) {
            next = nextThen;
        }
        return next != NONE && entered.add(next) ? next : NONE;
    }

    @Override
    public void leave(int slot) {
        boolean wasInside = entered.remove(slot);
        assert wasInside;
    }

    @Override
    public void seize(int slot) {
        if (slot == faulty) {
            throw new Fault();
        }
        boolean isAlone = entered.add(slot);
        assert isAlone;
    }

    @Override
    public void release(int slot) {
        leave(slot);
    }

    @Override
    public String kind() {
        return "fake";
    }
}
