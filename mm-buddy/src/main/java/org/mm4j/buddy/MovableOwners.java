package org.mm4j.buddy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.mm4j.api.MovableOwner;

/** The owners that registered, by the number that words carry. Number 0 is nobody. */
final class MovableOwners {
    private final List<MovableOwner> owners = new CopyOnWriteArrayList<>();

    /** The number of a new owner, 1 or more. */
    synchronized int register(MovableOwner owner) {
        if (owners.size() == FrameWord.OWNERS_MAX - 1) {
            throw new IllegalStateException("there are " + owners.size() + " owners, the most there can be");
        }
        owners.add(owner);
        return owners.size();
    }

    int count() {
        return owners.size();
    }

    MovableOwner owner(int number) {
        return owners.get(number - 1);
    }
}
