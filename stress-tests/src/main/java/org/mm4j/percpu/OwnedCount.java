package org.mm4j.percpu;

import org.mm4j.api.AsymmetricBarrier;

/** A slot with an owner, and a plain count that is only touched inside. */
final class OwnedCount {
    private final AsymmetricBarrier barrier;
    private final Owner owner = new Owner(Thread.currentThread(), 0);
    private int count;
    private int additions;

    OwnedCount(AsymmetricBarrier barrier) {
        this.barrier = barrier;
        owner.grant();
    }

    /** The owner adds one, as often as it gets in. */
    void ownerAdds(int attempts) {
        int entries = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            if (owner.tryEnter(barrier)) {
                count++;
                owner.leave();
                entries++;
            }
        }
        additions = entries;
    }

    /** Enters by a right that it looked at before it announced itself. */
    void ownerAddsCheckingFirst() {
        if (owner.tryEnter(barrier)) {
            owner.leave();
            boolean isAnnounced = owner.tryEnter(barrier); // late, and whether it may enter is asked no more
            count++;
            if (isAnnounced) {
                owner.leave();
            }
            additions = 1;
        }
    }

    /** Somebody else stops the owner and adds one. */
    void drainerAdds() {
        owner.stop(barrier);
        count++;
        owner.grant();
    }

    /** Whether every addition is in the count, when all is over: so nobody was inside together with another. */
    boolean isComplete() {
        return additions + 1 == count;
    }
}
