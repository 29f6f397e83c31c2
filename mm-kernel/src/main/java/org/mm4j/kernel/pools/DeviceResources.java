package org.mm4j.kernel.pools;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * What belongs to a device, and is released with it, the newest first: elements of any source, and actions.
 *
 * <pre>
 *    oldest                                                     newest
 *    element   [ action   element   [ element ]   ]   element
 *              `-- a group           `-- another one
 *                                                    &lt;--- released in this order
 * </pre>
 *
 * <p>Every resource is released once: by {@link #free}, with its group, or with the device. A release that throws keeps
 * no other from its release; the first exception is thrown at the end, the others are suppressed in it.
 *
 * <p>Any thread may call any method; releases run under no lock, so that they may call this too. Looking for a resource
 * takes time in proportion to how many are newer: this is not for objects that come and go.
 *
 * <p>In Linux 6.18: drivers/base/devres.c, devm_kmalloc(), devm_add_action(). Differs: a bad free is refused with an
 * exception; a device that is closed takes nothing more.
 */
public final class DeviceResources implements AutoCloseable {
    private final String name;
    private final SpinLock lock = new SpinLock(LockRank.POOL);

    /** Guarded by the lock, as is what follows. */
    private ResourceList list = new ResourceList();

    private long walks;
    private boolean isClosed;

    /** A device without resources; the name is for reports. */
    public DeviceResources(String name) {
        this.name = name;
    }

    /** Some resources of a device that are released together. In Linux: struct devres_group. */
    public static final class Group {
        final DeviceResource.Mark begin = new DeviceResource.Mark(this);
        private final DeviceResource.Mark end = new DeviceResource.Mark(this);
        private final DeviceResources device;

        /** Guarded by the lock of the device, as is what follows. */
        private boolean isListed;

        private boolean isEnded;

        /** The last walk over the list that came by its begin. */
        private long walk;

        private Group(DeviceResources device) {
            this.device = device;
        }
    }

    /**
     * An element that goes back to its source with the device, or {@link ElementSource#NONE}. In Linux: devm_kmalloc().
     *
     * @throws IllegalStateException when the device is closed
     */
    public long alloc(ElementSource source, int gfp) {
        DeviceResource.Element resource = new DeviceResource.Element(source);
        long element = source.alloc(gfp);
        if (element == ElementSource.NONE) {
            return element;
        }
        resource.element = element;
        if (!tryAdd(resource)) {
            source.free(element);
            throw closed();
        }
        return element;
    }

    /**
     * Releases one element now. {@link ElementSource#NONE} does nothing. In Linux: devm_kfree().
     *
     * @throws IllegalArgumentException when the device does not have it
     */
    public void free(ElementSource source, long element) {
        if (element == ElementSource.NONE) {
            return;
        }
        DeviceResource found = removeNewest(resource -> resource instanceof DeviceResource.Element each
                && each.element == element
                && each.source.equals(source));
        if (found == null) {
            throw new IllegalArgumentException("device \"" + name + "\" does not manage element " + element + " (0x"
                    + Long.toHexString(element) + ") of that source, or has released it");
        }
        found.release();
    }

    /**
     * Something to be done when the device is released. In Linux: devm_add_action().
     *
     * @throws IllegalStateException when the device is closed; the action is not done
     */
    public void addAction(Runnable action) {
        if (!tryAdd(new DeviceResource.Action(action))) {
            throw closed();
        }
    }

    /**
     * {@link #addAction} that does the action at once when it cannot be added. In Linux: devm_add_action_or_reset().
     *
     * @throws IllegalStateException when the device is closed; the action is done
     */
    public void addActionOrReset(Runnable action) {
        boolean isAdded = false;
        try {
            addAction(action);
            isAdded = true;
        } finally {
            if (!isAdded) {
                action.run();
            }
        }
    }

    /**
     * Forgets the newest such action. In Linux: devm_remove_action().
     *
     * @throws IllegalArgumentException when the device does not have it
     */
    public void removeAction(Runnable action) {
        takeAction(action);
    }

    /** Does the newest such action now, and forgets it; refused as by {@link #removeAction}. In Linux: devm_release_action(). */
    public void releaseAction(Runnable action) {
        takeAction(action).release();
    }

    private DeviceResource takeAction(Runnable action) {
        DeviceResource found =
                removeNewest(resource -> resource instanceof DeviceResource.Action each && each.action.equals(action));
        if (found == null) {
            throw new IllegalArgumentException("device \"" + name + "\" has no such action, or has done it");
        }
        return found;
    }

    private @Nullable DeviceResource removeNewest(Predicate<DeviceResource> isWanted) {
        lock.lock();
        try {
            DeviceResource found = list.newest(isWanted);
            if (found != null) {
                list.remove(found);
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    private boolean tryAdd(DeviceResource resource) {
        lock.lock();
        try {
            if (!isClosed) {
                list.add(resource);
            }
            return !isClosed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins a group: what is added from now on belongs to it, until it is ended. Groups may lie in each other. In Linux:
     * devres_open_group().
     */
    public Group openGroup() {
        Group group = new Group(this);
        lock.lock();
        try {
            if (isClosed) {
                throw closed();
            }
            list.add(group.begin);
            group.isListed = true;
        } finally {
            lock.unlock();
        }
        return group;
    }

    /**
     * Ends a group; its resources stay. In Linux: devres_close_group().
     *
     * @throws IllegalArgumentException when the device does not have it, or it is ended already
     */
    public void closeGroup(Group group) {
        lock.lock();
        try {
            checkListed(group);
            if (group.isEnded) {
                throw new IllegalArgumentException("the group of device \"" + name + "\" is ended already");
            }
            list.add(group.end);
            group.isEnded = true;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a group; its resources stay, and are released with the device. In Linux: devres_remove_group(). */
    public void removeGroup(Group group) {
        lock.lock();
        try {
            checkListed(group);
            unlist(group);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Releases the resources of a group, and forgets it and the groups that lie in it: those that begin in it, and are
     * not ended, or end in it. A group without end goes up to the newest resource. In Linux: devres_release_group().
     *
     * @return how many resources were released
     * @throws IllegalArgumentException when the device does not have the group
     */
    public int releaseGroup(Group group) {
        ResourceList released = new ResourceList();
        lock.lock();
        try {
            checkListed(group);
            takeOut(group, released);
        } finally {
            lock.unlock();
        }
        return released.releaseAll();
    }

    /** Moves what lies between begin and end, and forgets the groups there: at their ends, or begins without end. */
    private void takeOut(Group group, ResourceList released) {
        long walk = ++walks;
        DeviceResource end = group.isEnded ? group.end : null;
        DeviceResource each = group.begin.next;
        while (each != null && each != end) {
            DeviceResource next = each.next;
            if (!(each instanceof DeviceResource.Mark mark)) {
                list.remove(each);
                released.add(each);
            } else if (mark.isBegin() && mark.group.isEnded) {
                mark.group.walk = walk;
            } else if (mark.isBegin() || mark.group.walk == walk) {
                unlist(mark.group);
            }
            each = next;
        }
        unlist(group);
    }

    /**
     * Releases everything, the newest first. The device can be used again. In Linux: devres_release_all().
     *
     * @return how many resources were released
     */
    public int releaseAll() {
        return takeAll(false).releaseAll();
    }

    /** Releases everything, the newest first, and takes nothing more. Closing twice is allowed. */
    @Override
    public void close() {
        takeAll(true).releaseAll();
    }

    private ResourceList takeAll(boolean closes) {
        ResourceList empty = new ResourceList();
        lock.lock();
        try {
            ResourceList all = list;
            for (DeviceResource each = all.first(); each != null; each = each.next) {
                if (each instanceof DeviceResource.Mark mark) {
                    mark.group.isListed = false;
                }
            }
            list = empty;
            isClosed |= closes;
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** How many resources the device has. */
    public int resources() {
        lock.lock();
        try {
            return list.resources();
        } finally {
            lock.unlock();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("device \"" + name + "\" is closed");
    }

    private void checkListed(Group group) {
        if (group.device != this || !group.isListed) {
            throw new IllegalArgumentException("device \"" + name + "\" has no such group, or has released it");
        }
    }

    private void unlist(Group group) {
        list.remove(group.begin);
        if (group.isEnded) {
            list.remove(group.end);
        }
        group.isListed = false;
    }
}
