package org.mm4j.slab;

import org.mm4j.api.AsymmetricBarrier;

/** No barrier at all. */
enum NoBarrier implements AsymmetricBarrier {
    NONE;

    @Override
    public void light() {}

    @Override
    public void heavy() {}

    @Override
    public String kind() {
        return "none";
    }
}
