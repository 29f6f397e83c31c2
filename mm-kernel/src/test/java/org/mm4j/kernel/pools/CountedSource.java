package org.mm4j.kernel.pools;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Numbers as elements, of which it knows which are out. It has none when it is told so. */
final class CountedSource implements ElementSource {
    private final AtomicLong next = new AtomicLong(1);
    private final AtomicInteger requests = new AtomicInteger();
    final Set<Long> out = ConcurrentHashMap.newKeySet();

    volatile boolean isEmpty;

    /** Every so manieth request fails; 0: none. */
    volatile int failsEvery;

    /** Every so manieth request throws; 0: none. */
    volatile int throwsEvery;

    volatile int lastGfp;

    @Override
    public long alloc(int gfp) {
        lastGfp = gfp;
        int request = requests.incrementAndGet();
        if (throwsEvery > 0 && request % throwsEvery == 0) {
            throw new IllegalStateException("told to");
        }
        if (isEmpty || (failsEvery > 0 && request % failsEvery != 0)) {
            return NONE;
        }
        long element = next.getAndIncrement();
        out.add(element);
        return element;
    }

    @Override
    public void free(long element) {
        if (!out.remove(element)) {
            throw new IllegalArgumentException("element " + element + " is not out");
        }
    }

    @Override
    public void checkInUse(long element) {
        if (!out.contains(element)) {
            throw new IllegalArgumentException("element " + element + " is not out");
        }
    }
}
