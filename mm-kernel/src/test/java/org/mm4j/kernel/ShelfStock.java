package org.mm4j.kernel;

import java.util.Arrays;
import java.util.function.LongConsumer;
import org.mm4j.api.ObjectStock;

/** Somebody's slab engine: one shelf of 64 objects behind a monitor, which is filled and emptied by halves. */
final class ShelfStock implements ObjectStock {
    private static final int OBJECTS = 64;
    private static final int HALF = OBJECTS / 2;

    private final Slabs slabs;
    private final long[] shelf = new long[OBJECTS];
    private int count;

    ShelfStock(Slabs slabs) {
        this.slabs = slabs;
    }

    static ObjectStock over(String cache, int objectSize, Slabs slabs) {
        return new ShelfStock(slabs);
    }

    @Override
    public long take(int gfp) {
        synchronized (this) {
            if (count > 0) {
                return shelf[--count];
            }
        }
        long[] fresh = new long[HALF];
        int taken = slabs.take(gfp, fresh, 0, HALF);
        for (int i = 1; i < taken; i++) {
            put(fresh[i]);
        }
        return taken == 0 ? NONE : fresh[0];
    }

    @Override
    public void put(long object) {
        long[] surplus;
        synchronized (this) {
            surplus = count == OBJECTS ? removeHalf() : new long[0];
            shelf[count++] = object;
        }
        slabs.give(surplus, 0, surplus.length);
    }

    private long[] removeHalf() {
        count -= HALF;
        return Arrays.copyOfRange(shelf, count, OBJECTS);
    }

    @Override
    public void flush() {
        long[] all;
        synchronized (this) {
            all = Arrays.copyOf(shelf, count);
            count = 0;
        }
        slabs.give(all, 0, all.length);
    }

    @Override
    public synchronized void forEach(LongConsumer visitor) {
        Arrays.stream(shelf, 0, count).forEach(visitor);
    }
}
