package org.mm4j.lab.stress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Accesses with tags, for the test that weakens them. */
final class TaggedFixture implements Runnable {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] words = new int[4];

    @Override
    public void run() {
        setWordRelease(0, 1); // [fixture.R1] pairs with [fixture.A1]
        setWordRelease(1, 2);
        int seen = wordAcquire(0); // [fixture.A1] pairs with [fixture.R1]
        if (!casWord(2, 0, seen)) { // [fixture.R2]
            throw new AssertionError("somebody else was faster");
        }
        VarHandle.acquireFence(); // [fixture.A2]
        WORD.setVolatile(words, 3, words[0] + words[1] + words[2]); // [fixture.R3]
        if (words[3] != 4) {
            throw new AssertionError("the words are " + words[3]);
        }
    }

    private int wordAcquire(int at) {
        return (int) WORD.getAcquire(words, at);
    }

    private void setWordRelease(int at, int word) {
        WORD.setRelease(words, at, word);
    }

    private boolean casWord(int at, int expected, int next) {
        return WORD.compareAndSet(words, at, expected, next);
    }
}
