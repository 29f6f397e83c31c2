package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** A PercpuCounter of one CPU that folds in two steps, and sums without the lock. */
final class LooseCounter {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment word = MemorySegment.ofArray(new int[1]);
    private volatile long count;

    void addToWord(int amount) {
        WORD.getAndAdd(word, 0L, amount);
    }

    void fold(int amount) {
        int old = (int) WORD.getVolatile(word, 0L);
        count += old + amount;
        WORD.setVolatile(word, 0L, 0);
    }

    long sum() {
        long about = count;
        return about + (int) WORD.getVolatile(word, 0L);
    }
}
