package org.mm4j.kernel.pools;

/** AtomicBits whose set looks first and sets then, in two steps, and does not ask how the second one ended. */
final class LooseBits extends AtomicBits {
    LooseBits(int bits) {
        super(bits);
    }

    @Override
    boolean trySetWord(int index, long mask) {
        if ((wordOpaque(index) & mask) != 0) {
            return false;
        }
        super.trySetWord(index, mask); // the answer is dropped: that is the whole difference
        return true;
    }
}
