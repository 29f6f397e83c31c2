package org.mm4j.kernel.pools;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

/**
 * The elements that a {@link Mempool} keeps, and the threads that wait for them, first come, first served.
 *
 * <pre>
 *               put, while count &lt; room                         take: all or nothing, and nobody waits
 *    freed ------------------------------&gt; [ reserve: count ] ------------------------------&gt; in use
 *                                                  |                                             ^
 *                                                  `---------------------------------------------'
 *                                                     serve: the first waiter, when count &gt;= wanted
 * </pre>
 *
 * <p>Invariants, under the lock: <ul>
 * <li>V1: room is the larger of what is to be kept and what the first waiter wants; nothing is put while count is room,
 * <li>V2: the first waiter wants more than count: whoever adds an element serves,
 * <li>V3: once closed, there is no element, no waiter, and room for none.
 * </ul>
 *
 * <p><b>Why a look without the lock is enough.</b> {@link #misses} reads count and room while they may change. It may
 * say yes too often, then {@link #put} looks again under the lock. It must not say no when the reserve counts on this
 * very element. Take the last moment at which count was room. Every element that was taken since then was taken by a
 * change of count that lies behind that moment; whoever frees it has got it from the taker, so that its look at count
 * sees that change or a later one, and all of these are below room. So it does not miss, and each of these elements
 * comes back. Elements of which the look says no were taken before that moment, and the reserve was full without them.
 *
 * <p>That an element has come from its taker does not order memory yet: it may have been passed on by a race. The taker
 * therefore puts a release fence behind its change of count (R1), and the freer an acquire fence before its look (A1).
 * If the element itself goes from one to the other by accesses that are at least opaque, the fences pair.
 *
 * <p>In Linux 6.18: mm/mempool.c, add_element(), remove_element(), the comments in mempool_free(). Differs: a freed
 * element is given to the first waiter at once, so nobody overtakes it; in the kernel all waiters wake and race.
 */
class Reserve {
    private static final VarHandle INT = MethodHandles.arrayElementVarHandle(int[].class);

    static final int COUNT = 0;
    static final int ROOM = 1;

    private final SpinLock lock = new SpinLock(LockRank.POOL);
    private final int[] state = new int[2];
    private long[] elements;
    private int kept;
    private boolean isClosed;
    private final WaiterQueue waiters = new WaiterQueue();

    /** An empty reserve for so many elements, at least one. */
    Reserve(int kept) {
        this.kept = kept;
        elements = new long[kept];
        setStateOpaque(ROOM, kept);
    }

    /** Whether the reserve may lack elements; without the lock, by whoever is about to free one. */
    boolean misses() {
        VarHandle.acquireFence(); // [mempool.A1] pairs with [mempool.R1]: count is not older than the element
        return count() < room();
    }

    /** Keeps an element, or gives it to the first waiter; false when there are enough. */
    boolean put(long element) {
        Waiter served;
        lock.lock();
        try {
            int count = statePlain(COUNT);
            if (count >= statePlain(ROOM)) {
                return false;
            }
            refuseTwice(element, count);
            elements[count] = element;
            setStateOpaque(COUNT, count + 1);
            served = serve();
        } finally {
            lock.unlock();
        }
        if (served != null) {
            served.wake();
        }
        return true;
    }

    private void refuseTwice(long element, int count) {
        for (int i = 0; i < count; i++) {
            if (elements[i] == element) {
                throw new IllegalArgumentException(
                        "element " + element + " is refused: it is free already, in the reserve of its pool");
            }
        }
    }

    /** Serves the first waiter, if there is enough for it. One element more never serves two. */
    private @Nullable Waiter serve() {
        Waiter waiter = waiters.first();
        if (waiter == null || waiter.wanted > statePlain(COUNT)) {
            return null;
        }
        moveTo(waiter.elements, waiter.wanted);
        waiter.isServed = true;
        leave(waiter);
        return waiter;
    }

    private void moveTo(long[] places, int wanted) {
        int count = statePlain(COUNT);
        int left = wanted;
        for (int i = 0; left > 0; i++) {
            if (places[i] == ElementSource.NONE) {
                places[i] = elements[--count];
                left--;
            }
        }
        setStateOpaque(COUNT, count);
        VarHandle.releaseFence(); // [mempool.R1] count has gone down before anybody can have the elements
    }

    /** One element, or none. */
    long take() {
        if (count() == 0) {
            return ElementSource.NONE; // stale is harmless: as if asked a moment ago
        }
        lock.lock();
        try {
            int count = statePlain(COUNT);
            if (count == 0 || !waiters.isEmpty()) {
                return ElementSource.NONE;
            }
            long element = elements[count - 1];
            setStateOpaque(COUNT, count - 1);
            VarHandle.releaseFence(); // [mempool.R1]
            return element;
        } finally {
            lock.unlock();
        }
    }

    /** Fills the {@code wanted} empty places, or none. */
    boolean take(long[] places, int wanted) {
        lock.lock();
        try {
            boolean takes = waiters.isEmpty() && wanted <= statePlain(COUNT);
            if (takes) {
                moveTo(places, wanted);
            }
            return takes;
        } finally {
            lock.unlock();
        }
    }

    /** Takes at once what the waiter wants, or queues it; false when the reserve is closed. */
    boolean await(Waiter waiter) {
        lock.lock();
        try {
            if (isClosed) {
                return false;
            }
            waiters.add(waiter);
            if (waiters.first() == waiter) {
                setRoom();
                serve();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the waiter was served, or will not be because the reserve is closed. */
    boolean isOver(Waiter waiter) {
        lock.lock();
        try {
            return waiter.isServed || isClosed;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a waiter out of the queue; false when it was served before. Then those behind it may be served. */
    boolean giveUp(Waiter waiter) {
        Waiter served;
        do {
            lock.lock();
            try {
                if (waiter.isServed) {
                    return false;
                }
                leave(waiter);
                served = serve();
            } finally {
                lock.unlock();
            }
            if (served != null) {
                served.wake();
            }
        } while (served != null);
        return true;
    }

    private void leave(Waiter waiter) {
        waiters.remove(waiter);
        setRoom();
    }

    private void setRoom() {
        setStateOpaque(ROOM, Math.max(kept, waiters.firstWanted()));
    }

    /**
     * Keeps so many from now on, unless it is closed.
     *
     * @return the elements that are too many
     */
    long[] resize(int nextKept) {
        long[] larger = new long[nextKept];
        lock.lock();
        try {
            if (isClosed) {
                return new long[0];
            }
            if (larger.length > elements.length) {
                System.arraycopy(elements, 0, larger, 0, statePlain(COUNT));
                elements = larger;
            }
            long[] tooMany = new long[Math.max(0, statePlain(COUNT) - Math.max(nextKept, waiters.firstWanted()))];
            kept = nextKept;
            setRoom();
            moveTo(tooMany, tooMany.length);
            return tooMany;
        } finally {
            lock.unlock();
        }
    }

    /** Takes everything out, and lets nobody in any more. The waiters find out by {@link #isOver}. */
    long[] close() {
        Waiter waiting;
        long[] all;
        lock.lock();
        try {
            all = Arrays.copyOf(elements, statePlain(COUNT));
            isClosed = true;
            kept = 0;
            waiting = waiters.removeAll();
            setStateOpaque(COUNT, 0);
            setRoom();
        } finally {
            lock.unlock();
        }
        for (Waiter each = waiting; each != null; each = each.next) {
            each.wake();
        }
        return all;
    }

    /** What is broken, one sentence each. */
    List<String> findings(String name) {
        List<String> findings = new ArrayList<>();
        lock.lock();
        try {
            int count = statePlain(COUNT);
            Waiter waiter = waiters.first();
            if (statePlain(ROOM) != Math.max(kept, waiters.firstWanted())) {
                findings.add("mempool \"" + name + "\" has room for " + statePlain(ROOM) + " elements, not " + kept);
            }
            if (waiter != null && waiter.wanted <= count) {
                findings.add("mempool \"" + name + "\" lets somebody wait for " + waiter.wanted + " elements, and has "
                        + count);
            }
            if (Arrays.stream(elements, 0, count).distinct().count() < count) {
                findings.add("mempool \"" + name + "\" has an element twice");
            }
        } finally {
            lock.unlock();
        }
        return findings;
    }

    /** How many threads wait. */
    int waiting() {
        lock.lock();
        try {
            return waiters.count();
        } finally {
            lock.unlock();
        }
    }

    /** How many elements are to be kept. */
    int kept() {
        lock.lock();
        try {
            return kept;
        } finally {
            lock.unlock();
        }
    }

    /** How many elements are here. Racy. */
    int count() {
        return stateOpaque(COUNT);
    }

    /** How many may be here. Racy. */
    int room() {
        return stateOpaque(ROOM);
    }

    private int stateOpaque(int index) {
        return (int) INT.getOpaque(state, index);
    }

    final int statePlain(int index) {
        return (int) INT.get(state, index);
    }

    private void setStateOpaque(int index, int next) {
        INT.setOpaque(state, index, next);
    }
}
