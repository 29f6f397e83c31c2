package org.mm4j.kernel.pools;

/**
 * How a {@link GenPool} chooses among the free runs of a chunk.
 *
 * <p>Immutable; any thread. In Linux 6.18: lib/genalloc.c, genpool_algo_t and its five functions.
 */
public abstract sealed class FitAlgorithm {
    /** The run with the lowest address. In Linux: gen_pool_first_fit(). */
    public static final FitAlgorithm FIRST_FIT = new Aligned(1);

    /** The smallest run that is large enough. In Linux: gen_pool_best_fit(). */
    public static final FitAlgorithm BEST_FIT = new Best();

    /**
     * The first run that begins at a multiple of the request, rounded up to a power of two, from the start of its chunk
     * on. In Linux: gen_pool_first_fit_order_align().
     */
    public static final FitAlgorithm FIRST_FIT_ORDER_ALIGN = new OrderAligned();

    private FitAlgorithm() {}

    /**
     * The first run whose address is a multiple of {@code alignBytes}. In Linux: gen_pool_first_fit_align().
     *
     * @throws IllegalArgumentException when that is no power of two
     */
    public static FitAlgorithm firstFitAlign(long alignBytes) {
        if (alignBytes <= 0 || Long.bitCount(alignBytes) != 1) {
            throw new IllegalArgumentException("an alignment is a power of two, not " + alignBytes);
        }
        return new Aligned(alignBytes);
    }

    /**
     * The run that begins so many bytes behind the start of its chunk, or none. In Linux: gen_pool_fixed_alloc().
     *
     * @throws IllegalArgumentException when {@code offsetBytes} is negative
     */
    public static FitAlgorithm fixed(long offsetBytes) {
        if (offsetBytes < 0) {
            throw new IllegalArgumentException("an offset in a chunk is 0 or more, not " + offsetBytes);
        }
        return new Fixed(offsetBytes);
    }

    /** The first bit, from {@code from} on, of a run of {@code wanted} clear bits; the number of bits when there is none. */
    abstract int find(GenChunk chunk, int from, int wanted);

    /** The first run from {@code from} on whose first bit is a multiple of {@code step} behind {@code phase}. */
    private static int first(AtomicBits bits, int from, int wanted, long phase, long step) {
        long at = from;
        while (true) {
            int clear = bits.nextClear((int) at, bits.bits());
            at = clear + Math.floorMod(phase - clear, step);
            if (at > bits.bits() - wanted) {
                return bits.bits();
            }
            int set = bits.nextSet((int) at, (int) at + wanted);
            if (set == at + wanted) {
                return (int) at;
            }
            at = set + 1L;
        }
    }

    private static final class Aligned extends FitAlgorithm {
        private final long alignBytes;

        Aligned(long alignBytes) {
            this.alignBytes = alignBytes;
        }

        @Override
        int find(GenChunk chunk, int from, int wanted) {
            long misaligned = -chunk.start() & (alignBytes - 1); // from the start to the first aligned address
            if ((misaligned & ((1L << chunk.minAllocOrder()) - 1)) != 0 && alignBytes > 1) {
                return chunk.bits().bits(); // no unit of this chunk begins at such an address
            }
            long step = Math.max(1, alignBytes >>> chunk.minAllocOrder());
            return first(chunk.bits(), from, wanted, misaligned >>> chunk.minAllocOrder(), step);
        }
    }

    private static final class OrderAligned extends FitAlgorithm {
        @Override
        int find(GenChunk chunk, int from, int wanted) {
            long step = Long.highestOneBit(2L * wanted - 1);
            return first(chunk.bits(), from, wanted, 0, step);
        }
    }

    private static final class Fixed extends FitAlgorithm {
        private final long offsetBytes;

        Fixed(long offsetBytes) {
            this.offsetBytes = offsetBytes;
        }

        @Override
        int find(GenChunk chunk, int from, int wanted) {
            int bits = chunk.bits().bits();
            long at = offsetBytes >>> chunk.minAllocOrder();
            boolean isUnit = at << chunk.minAllocOrder() == offsetBytes;
            return isUnit && at <= bits - wanted && chunk.bits().nextSet((int) at, (int) at + wanted) == at + wanted
                    ? (int) at
                    : bits;
        }
    }

    private static final class Best extends FitAlgorithm {
        @Override
        int find(GenChunk chunk, int from, int wanted) {
            AtomicBits bits = chunk.bits();
            int best = bits.bits();
            int bestLength = Integer.MAX_VALUE;
            for (int at = bits.nextClear(from, bits.bits()); at < bits.bits() && bestLength > wanted; ) {
                int end = bits.nextSet(at, bits.bits());
                if (end - at >= wanted && end - at < bestLength) {
                    best = at;
                    bestLength = end - at;
                }
                at = bits.nextClear(end, bits.bits());
            }
            return best;
        }
    }
}
