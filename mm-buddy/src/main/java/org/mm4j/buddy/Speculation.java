package org.mm4j.buddy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many threads are about to take references of blocks that they do not hold. While there are none, whoever frees a
 * block into a page cache knows that it alone changes the word, and needs no compare-and-set.
 *
 * <pre>
 *    who speculates                         who frees into a cache
 *    --------------                         ----------------------
 *    running + 1                            enters a slot
 *    waits for all who are in a slot        running?  0: the word is mine, plain store    [speculation.A1]
 *    compare-and-set on the word                      else: compare-and-set on the word
 *    running - 1      [speculation.R1]      leaves the slot
 * </pre>
 *
 * <p>Invariant: no word is stored plainly while somebody who does not hold the block exchanges it. For those who entered
 * before {@code running} was raised have left when the waiting ends, and those who enter later see it raised. Who finds
 * {@code running} lowered again sees the reference that was taken.
 *
 * <p>In Linux 6.18: nothing; the last reference is always dropped by an atomic instruction.
 */
final class Speculation {
    private static final VarHandle RUNNING = MethodHandles.arrayElementVarHandle(int[].class);

    /** 128 bytes before and after the word. */
    private static final int PAD = 32;

    private final int[] words = new int[PAD + 1 + PAD];

    void begin() {
        RUNNING.getAndAdd(words, PAD, 1);
    }

    void end() {
        RUNNING.getAndAdd(words, PAD, -1); // [speculation.R1] the new reference, to who frees the block
    }

    boolean isRunning() {
        return runningVolatile() != 0; // [speculation.A1] pairs with [speculation.R1]
    }

    private int runningVolatile() {
        return (int) RUNNING.getVolatile(words, PAD);
    }
}
