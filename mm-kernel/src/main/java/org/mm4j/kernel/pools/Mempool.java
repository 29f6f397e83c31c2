package org.mm4j.kernel.pools;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/**
 * A pool that guarantees progress: it keeps some elements in reserve, and whoever may wait always gets one in the end,
 * as long as those who have elements give them back.
 *
 * <pre>
 *    alloc:  the source, without waiting  --&gt;  the reserve  --&gt;  the source, as the caller asked  --&gt;  wait for a free
 *    free:   the first who waits          --&gt;  the reserve, until it is full  --&gt;  the source
 * </pre>
 *
 * <p>A request with {@link Gfp#__GFP_DIRECT_RECLAIM} waits until it has an element: for elements that are freed, first
 * come, first served, and every 5 s for the source. All others never wait, and may get {@link ElementSource#NONE}.
 * Waiting does not end by interruption; an interrupt is kept for the thread. It ends with an {@link
 * IllegalStateException} when the pool is destroyed.
 *
 * <p>Any thread may call any method, virtual ones too. Nothing is allocated on the Java heap unless a request waits. An
 * element that is given back twice is refused where the reserve or the source can tell; two threads that free one
 * element at the same instant may not be found out.
 *
 * <p>In Linux 6.18: mm/mempool.c. Differs: waiters are served in order; the pool counts what is not returned, and
 * elements may come back after it was destroyed.
 */
public final class Mempool {
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String name;
    private final ElementSource source;

    /** The source, or what fails in front of it, for one element and for one of many. */
    private final ElementSource single;

    private final ElementSource bulk;
    private final KernelLog log;
    private final long retryNanos;
    private final Reserve reserve;
    private final StripedCount elementsOut = new StripedCount();
    private volatile boolean isDestroyed;

    /**
     * A pool with a full reserve. In Linux: mempool_create().
     *
     * @param name for reports
     * @param minNr how many elements the reserve has; 0 means 1
     * @param source where elements come from
     * @param log where {@link #destroy} tells of elements that are not returned
     * @throws AllocationFailure when the source does not have so many; it has got back what it gave
     * @throws IllegalArgumentException when {@code minNr} is negative
     */
    public Mempool(String name, int minNr, ElementSource source, KernelLog log) {
        this(name, minNr, source, log, null);
    }

    /** The same; null: nothing is made to fail. */
    public Mempool(String name, int minNr, ElementSource source, KernelLog log, @Nullable MempoolFaults faults) {
        this(name, minNr, source, log, faults, RETRY_NANOS);
    }

    Mempool(
            String name,
            int minNr,
            ElementSource source,
            KernelLog log,
            @Nullable MempoolFaults faults,
            long retryNanos) {
        if (minNr < 0) {
            throw new IllegalArgumentException("mempool \"" + name + "\" cannot reserve " + minNr + " elements");
        }
        this.name = name;
        this.source = source;
        single = faults == null ? source : new FaultyElements(source, faults.alloc());
        bulk = faults == null ? source : new FaultyElements(source, faults.bulk());
        this.log = log;
        this.retryNanos = retryNanos;
        reserve = new Reserve(Math.max(1, minNr));
        boolean isFull = false;
        try {
            isFull = refill();
        } finally {
            if (!isFull) {
                giveBack(reserve.close());
            }
        }
        if (!isFull) {
            throw new AllocationFailure("mempool \"" + name + "\" cannot be created: its source has less than " + minNr
                    + " elements for the reserve");
        }
    }

    /**
     * An element, or {@link ElementSource#NONE} where {@code gfp} does not allow waiting. In Linux: mempool_alloc().
     *
     * @throws BadGfpException with {@link Gfp#__GFP_ZERO}: an element of the reserve has the contents it had
     * @throws IllegalStateException when the pool is destroyed, before or meanwhile
     */
    public long alloc(int gfp) {
        check(gfp);
        elementsOut.add(1);
        long element = ElementSource.NONE;
        try {
            element = tryAlloc(gfp);
            if (element == ElementSource.NONE && Gfp.allowsBlocking(gfp)) {
                element = await(gfp);
            }
        } finally {
            if (element == ElementSource.NONE) {
                elementsOut.add(-1);
            }
        }
        return element;
    }

    private long await(int gfp) {
        long[] place = new long[1];
        boolean isDone = false;
        try {
            await(place, 1, Places.modest(gfp));
            isDone = true;
        } finally {
            if (!isDone) {
                giveBack(place);
            }
        }
        return place[0];
    }

    private long tryAlloc(int gfp) {
        int mask = Places.modest(gfp);
        int hasty = Places.hasty(mask);
        long element = single.alloc(hasty);
        if (element == ElementSource.NONE) {
            element = reserve.take();
        }
        return element != ElementSource.NONE || hasty == mask ? element : single.alloc(mask);
    }

    /** An element of the reserve, or {@link ElementSource#NONE}; never waits. In Linux: mempool_alloc_preallocated(). */
    public long allocPreallocated() {
        check(0);
        long element = reserve.take();
        if (element != ElementSource.NONE) {
            elementsOut.add(1);
        }
        return element;
    }

    /**
     * Fills the empty places, those that are {@link ElementSource#NONE}, and waits as long as needed. What the source
     * does not give is taken from the reserve all at once, so that two such calls do not hold what the other needs. In
     * Linux 7.0: mempool_alloc_bulk().
     *
     * @throws BadGfpException when {@code gfp} does not allow waiting
     * @throws IllegalArgumentException when more places are empty than the reserve has elements
     * @throws IllegalStateException when the pool is destroyed; the places are as they were
     */
    public void allocBulk(int gfp, long[] elements) {
        check(gfp);
        if (!Gfp.allowsBlocking(gfp)) {
            throw new BadGfpException(gfp, "a bulk request to a mempool waits until it is served");
        }
        int wanted = Places.empty(elements);
        int kept = reserve.kept();
        if (wanted > kept) {
            check(gfp); // a pool that was destroyed meanwhile keeps nothing
            throw new IllegalArgumentException(
                    "mempool \"" + name + "\" cannot promise " + wanted + " elements at once: its reserve has " + kept);
        }
        long[] taken = new long[wanted];
        elementsOut.add(wanted);
        boolean isDone = false;
        try {
            fill(taken, Places.modest(gfp));
            isDone = true;
        } finally {
            if (!isDone) {
                elementsOut.add(-wanted);
                giveBack(taken);
            }
        }
        Places.move(taken, elements);
    }

    private void fill(long[] taken, int mask) {
        int left = Places.fill(bulk, taken, Places.hasty(mask));
        if (left > 0 && !reserve.take(taken, left)) {
            left = Places.fill(bulk, taken, mask);
            if (left > 0) {
                await(taken, left, mask);
            }
        }
    }

    /** Waits until the {@code wanted} empty places are filled, by frees or by the source. They may be, even if it throws. */
    private void await(long[] places, int wanted, int mask) {
        Waiter waiter = new Waiter(places, wanted);
        long[] found = new long[wanted];
        if (!reserve.await(waiter)) {
            throw destroyed();
        }
        boolean isServed = false;
        try {
            while (!park(waiter) && Places.fill(wanted == 1 ? single : bulk, found, mask) > 0) {}
            isServed = true;
        } finally {
            boolean wasServed = !reserve.giveUp(waiter);
            if (wasServed || !isServed) {
                giveBack(found); // while the source was asked, somebody gave an element back
            }
            if (!wasServed && isServed) {
                Places.move(found, places);
            }
        }
    }

    /** Whether the waiter is served; false after some time without. */
    private boolean park(Waiter waiter) {
        long deadline = System.nanoTime() + retryNanos;
        boolean interrupted = false;
        boolean isOver = reserve.isOver(waiter);
        for (long left = retryNanos; !isOver && left > 0; left = deadline - System.nanoTime()) {
            interrupted |= Thread.interrupted(); // an interrupted thread would not park
            LockSupport.parkNanos(this, left);
            isOver = reserve.isOver(waiter);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (isOver && !waiter.isServed) {
            throw destroyed();
        }
        return isOver;
    }

    /**
     * Takes an element back: for the first who waits, for the reserve, or for the source. {@link ElementSource#NONE}
     * does nothing. In Linux: mempool_free().
     *
     * @throws IllegalArgumentException when it is certainly not in use
     */
    public void free(long element) {
        if (element == ElementSource.NONE) {
            return;
        }
        if (reserve.misses()) {
            source.checkInUse(element);
            if (reserve.put(element)) {
                elementsOut.add(-1);
                return;
            }
        }
        source.free(element);
        elementsOut.add(-1);
    }

    /** Takes all elements of an array back, and empties its places. In Linux 7.0: mempool_free_bulk(). */
    public void freeBulk(long[] elements) {
        for (int i = 0; i < elements.length; i++) {
            free(elements[i]);
            elements[i] = ElementSource.NONE;
        }
    }

    /**
     * Changes how many elements the reserve has. A larger one is filled from the source, waiting for reclaim where
     * needed, and by frees; of a smaller one, the surplus goes back. In Linux: mempool_resize().
     *
     * @return whether the reserve was full at the end
     * @throws IllegalArgumentException when {@code minNr} is 0 or negative
     */
    public boolean resize(int minNr) {
        check(0);
        if (minNr <= 0) {
            throw new IllegalArgumentException("mempool \"" + name + "\" cannot be resized to " + minNr + " elements");
        }
        giveBack(reserve.resize(minNr));
        return refill();
    }

    private boolean refill() {
        while (reserve.count() < reserve.room()) {
            long element = source.alloc(Gfp.GFP_KERNEL);
            if (element == ElementSource.NONE) {
                return false;
            }
            if (!reserve.put(element)) {
                source.free(element);
            }
        }
        return true;
    }

    /** Elements for the reserve, as far as it lacks some, or the source; one that is refused does not keep the others. */
    private void giveBack(long[] elements) {
        RuntimeException refusal = null;
        for (long element : elements) {
            try {
                if (element != ElementSource.NONE && !reserve.put(element)) {
                    source.free(element);
                }
            } catch (RuntimeException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Whether the reserve is full. Racy. In Linux: mempool_is_saturated(). */
    public boolean isSaturated() {
        return reserve.count() >= reserve.room();
    }

    /** How many elements the reserve has now. Racy. In Linux: mempool_t, curr_nr. */
    public int elementsReserved() {
        return reserve.count();
    }

    /** How many threads wait, for tests. */
    int waiting() {
        return reserve.waiting();
    }

    /** How many elements users have. Exact when nobody uses the pool meanwhile. */
    public long elementsOut() {
        return elementsOut.sum();
    }

    /** What is broken, one sentence each. Exact when nobody uses the pool meanwhile. */
    public List<String> validate() {
        return reserve.findings(name);
    }

    /**
     * Gives the reserve back to the source, and ends all waiting. Elements that users still have can be freed later,
     * and go to the source; how many there are is told to the log. Destroying twice is allowed. In Linux:
     * mempool_destroy().
     *
     * @return how many elements are not returned yet
     */
    public long destroy() {
        isDestroyed = true;
        giveBack(reserve.close());
        long elements = elementsOut();
        if (elements > 0) {
            log.warn("mempool \"" + name + "\" is destroyed while " + elements + " elements are not returned");
        }
        return elements;
    }

    private void check(int gfp) {
        if (isDestroyed) {
            throw destroyed();
        }
        if ((gfp & Gfp.__GFP_ZERO) != 0) {
            throw new BadGfpException(gfp, "an element of a mempool may come from its reserve, with old contents");
        }
    }

    private IllegalStateException destroyed() {
        return new IllegalStateException("mempool \"" + name + "\" is destroyed");
    }

    @Override
    public String toString() {
        return "mempool \"" + name + "\" (" + reserve.count() + " of " + reserve.room() + " reserved, " + elementsOut()
                + " in use)";
    }
}
