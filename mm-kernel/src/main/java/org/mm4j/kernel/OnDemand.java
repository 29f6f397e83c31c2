package org.mm4j.kernel;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A part of the kernel that is made when somebody asks for it, once. */
final class OnDemand<T> {
    private final Supplier<T> making;
    private volatile @Nullable T made;

    OnDemand(Supplier<T> making) {
        this.making = making;
    }

    T get() {
        T now = made;
        return now != null ? now : make();
    }

    private synchronized T make() {
        T now = made;
        if (now == null) {
            now = making.get();
            made = now;
        }
        return now;
    }
}
