package org.mm4j.stress;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * Threads take objects, write to them, and give the oldest back, for Lincheck. An object that two have at once shows: it
 * is not empty when it is taken, or has another one's mark when it is given back.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
public abstract class HeldObjects {
    private static final int THREADS_MAX = 8;
    private static final int PLACES = 4;
    private static final int OBJECTS_MAX = 4096;

    private final int[] held = new int[PLACES * THREADS_MAX];
    private final int[] contents = new int[OBJECTS_MAX];

    /** Takes an object. The number of it, 1 or more; 0 when there is none. */
    protected abstract int allocObject();

    /** Gives it back. */
    protected abstract void freeObject(int object);

    /** Takes an object; what was in it, which must be 0. */
    @Operation
    public int take(@Param(name = "thread") int thread) {
        for (int place = first(thread); place < first(thread) + PLACES; place++) {
            if (held[place] == 0) {
                int object = allocObject();
                int before = contents[object];
                contents[object] = thread + 1;
                held[place] = object;
                return before;
            }
        }
        return 0;
    }

    /** Gives the oldest object back; what was in it. */
    @Operation
    public int giveBack(@Param(name = "thread") int thread) {
        int place = first(thread);
        int object = held[place];
        if (object == 0) {
            return 0;
        }
        System.arraycopy(held, place + 1, held, place, PLACES - 1);
        held[place + PLACES - 1] = 0;
        int content = contents[object];
        contents[object] = 0;
        freeObject(object);
        return content;
    }

    private static int first(int thread) {
        return PLACES * (thread % THREADS_MAX);
    }

    /** What a thread sees when nobody else is there. */
    public static class Alone extends HeldObjects {
        private int next = 1;

        @Override
        protected int allocObject() {
            return next++;
        }

        @Override
        protected void freeObject(int object) {
            // each number is given once
        }

        /** Nothing that a caller sees. */
        public void shrink() {}

        /** Nothing that a caller sees. */
        public void drain() {}
    }
}
