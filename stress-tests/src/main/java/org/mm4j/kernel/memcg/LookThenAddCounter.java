package org.mm4j.kernel.memcg;

/** A counter that adds by a load and a store, as if nobody else charged. */
final class LookThenAddCounter extends ChargeCounter {
    private long plainUsage;

    LookThenAddCounter(ChargeCounter parent) {
        super(parent);
    }

    @Override
    long addUsage(long bytes) {
        plainUsage += bytes;
        return plainUsage;
    }

    @Override
    long usageVolatile() {
        return plainUsage;
    }
}
