package org.mm4j.kernel.pools;

import org.jspecify.annotations.Nullable;

/** The threads that wait for elements of a {@link Reserve}, first come, first served. Not thread-safe. */
final class WaiterQueue {
    private @Nullable Waiter first;
    private @Nullable Waiter last;

    @Nullable
    Waiter first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** How many elements the first one wants; 0 when nobody waits. */
    int firstWanted() {
        return first == null ? 0 : first.wanted;
    }

    void add(Waiter waiter) {
        if (last == null) {
            first = waiter;
        } else {
            last.next = waiter;
        }
        last = waiter;
    }

    /** Takes one out, wherever it stands; does nothing when it is not there. */
    void remove(Waiter waiter) {
        Waiter before = null;
        for (Waiter each = first; each != null; before = each, each = each.next) {
            if (each == waiter) {
                if (before == null) {
                    first = each.next;
                } else {
                    before.next = each.next;
                }
                last = last == each ? before : last;
                return;
            }
        }
    }

    /** Takes all out; the first one, from which {@link Waiter#next} leads to the others. */
    @Nullable
    Waiter removeAll() {
        Waiter all = first;
        first = null;
        last = null;
        return all;
    }

    int count() {
        int count = 0;
        for (Waiter each = first; each != null; each = each.next) {
            count++;
        }
        return count;
    }
}
