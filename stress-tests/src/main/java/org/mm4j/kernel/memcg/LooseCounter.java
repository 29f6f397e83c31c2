package org.mm4j.kernel.memcg;

/** A counter whose limit is set by a plain store, which may come after the look at the usage. */
final class LooseCounter extends ChargeCounter {
    private long plainMax = UNLIMITED;

    LooseCounter() {
        super(null);
    }

    @Override
    long maxVolatile() {
        return plainMax;
    }

    @Override
    void setMaxVolatile(long bytes) {
        plainMax = bytes;
    }
}
