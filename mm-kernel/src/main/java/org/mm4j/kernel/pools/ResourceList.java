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

    /** How many resources there are; the ends of groups are none. */
    int resources() {
        int resources = 0;
        for (DeviceResource each = first; each != null; each = each.next) {
            resources += each instanceof DeviceResource.Mark ? 0 : 1;
        }
        return resources;
    }

    /**
     * Releases all, the newest first. What one of them throws keeps none of the others, and is thrown at the end: the first,
     * with the rest suppressed in it.
     *
     * @return how many resources were released
     */
    int releaseAll() {
        int count = 0;
        Throwable failure = null;
        for (DeviceResource each = removeLast(); each != null; each = removeLast()) {
            try {
                each.release();
                count += each instanceof DeviceResource.Mark ? 0 : 1;
            } catch (RuntimeException | Error e) {
                failure = joined(failure, e);
            }
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        return count;
    }

    @SuppressWarnings("ReferenceEquality") // an exception cannot be suppressed in itself
    private static Throwable joined(@Nullable Throwable failure, Throwable next) {
        if (failure == null) {
            return next;
        }
        if (failure != next) {
            failure.addSuppressed(next);
        }
        return failure;
    }

    private @Nullable DeviceResource removeLast() {
        DeviceResource newest = last;
        if (newest != null) {
            remove(newest);
        }
        return newest;
    }
}
