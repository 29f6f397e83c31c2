package org.mm4j.kernel.pools;

import org.jspecify.annotations.Nullable;

/** Something that a device has, or one end of a group. Its place in the list is guarded by the device's lock. */
sealed class DeviceResource {
    @Nullable
    DeviceResource previous;

    @Nullable
    DeviceResource next;

    /** Gives it back. Called once, under no lock. */
    void release() {}

    /** An element of a source. */
    static final class Element extends DeviceResource {
        final ElementSource source;
        long element = ElementSource.NONE;

        Element(ElementSource source) {
            this.source = source;
        }

        @Override
        void release() {
            source.free(element);
        }
    }

    /** Something to be done. */
    static final class Action extends DeviceResource {
        final Runnable action;

        Action(Runnable action) {
            this.action = action;
        }

        @Override
        void release() {
            action.run();
        }
    }

    /** Where a group begins or ends. */
    static final class Mark extends DeviceResource {
        final DeviceResources.Group group;

        Mark(DeviceResources.Group group) {
            this.group = group;
        }

        boolean isBegin() {
            return group.begin == this;
        }
    }
}
