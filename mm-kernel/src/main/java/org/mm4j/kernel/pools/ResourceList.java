package org.mm4j.kernel.pools;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The resources of a device, in the order in which they were added. Not thread-safe. */
final class ResourceList {
    private @Nullable DeviceResource first;
    private @Nullable DeviceResource last;

    @Nullable
    DeviceResource first() {
        return first;
    }

    void add(DeviceResource resource) {
        resource.previous = last;
        resource.next = null;
        if (last != null) {
            last.next = resource;
        } else {
            first = resource;
        }
        last = resource;
    }

    void remove(DeviceResource resource) {
        DeviceResource previous = resource.previous;
        DeviceResource next = resource.next;
        if (previous != null) {
            previous.next = next;
        } else {
            first = next;
        }
        if (next != null) {
            next.previous = previous;
        } else {
            last = previous;
        }
        resource.previous = null;
        resource.next = null;
    }

    /** The newest that is wanted. */
    @Nullable
    DeviceResource newest(Predicate<DeviceResource> isWanted) {
        DeviceResource each = last;
        while (each != null && !isWanted.test(each)) {
            each = each.previous;
        }
        return each;
    }

    /** Takes the newest out. */
    @Nullable
    DeviceResource removeLast() {
        DeviceResource newest = last;
        if (newest != null) {
            remove(newest);
        }
        return newest;
    }
}
