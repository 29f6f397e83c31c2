package org.mm4j.lab.replay;

/** 65,536 steps of a plan. */
final class PlanChunk {
    static final int SHIFT = 16;
    static final int MASK = (1 << SHIFT) - 1;

    private final long[] ops = new long[1 << SHIFT];
    private final int[] blocks = new int[1 << SHIFT];

    long op(int index) {
        return ops[index];
    }

    int block(int index) {
        return blocks[index];
    }

    void set(int index, long op, int block) {
        ops[index] = op;
        blocks[index] = block;
    }
}
