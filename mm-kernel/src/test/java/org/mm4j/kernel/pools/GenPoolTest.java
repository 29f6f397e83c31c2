package org.mm4j.kernel.pools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.kernel.pools.GenPool.NONE;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GenPoolTest {
    private static final long START = 0x7000_0000L;

    private static GenPool pool(int minAllocOrder, long bytes) {
        GenPool pool = new GenPool(minAllocOrder);
        pool.addChunk(START, 0x100, bytes);
        return pool;
    }

    @Test
    void firstFitRoundsUpToUnits() {
        GenPool pool = pool(5, 1024 + 31);
        assertThat(pool.bytes()).isEqualTo(1024);
        assertThat(pool.alloc(1)).isEqualTo(START);
        assertThat(pool.alloc(33)).isEqualTo(START + 32);
        assertThat(pool.alloc(32)).isEqualTo(START + 96);
        pool.free(START + 32, 33);
        assertThat(pool.alloc(96)).isEqualTo(START + 128);
        assertThat(pool.alloc(64)).isEqualTo(START + 32);
        assertThat(pool.bytesFree()).isEqualTo(1024 - 7 * 32);
        assertThat(pool.alloc(1024)).isEqualTo(NONE);
        assertThat(pool.alloc(Long.MAX_VALUE)).isEqualTo(NONE);
        assertThat(pool.physicalAddress(START + 32)).isEqualTo(0x120);
        assertThat(pool.validate()).isEmpty();
    }

    @Test
    void bestFitTakesTheSmallestRun() {
        GenPool pool = pool(0, 100);
        long a = pool.alloc(10);
        long b = pool.alloc(3);
        long c = pool.alloc(5);
        long d = pool.alloc(3);
        pool.free(a, 10);
        pool.free(c, 5);
        assertThat(pool.alloc(4, FitAlgorithm.BEST_FIT)).isEqualTo(c);
        assertThat(pool.alloc(6, FitAlgorithm.BEST_FIT)).isEqualTo(a);
        assertThat(pool.alloc(20, FitAlgorithm.BEST_FIT)).isEqualTo(d + 3);
        assertThat(pool.alloc(60, FitAlgorithm.BEST_FIT)).isEqualTo(NONE);
        assertThat(b).isEqualTo(a + 10);
    }

    @Test
    void alignedByAddress() {
        GenPool pool = new GenPool(3);
        pool.addChunk(START + 24, 4096);
        assertThat(pool.alloc(8, FitAlgorithm.firstFitAlign(64))).isEqualTo(START + 64);
        assertThat(pool.alloc(8, FitAlgorithm.firstFitAlign(64))).isEqualTo(START + 128);
        assertThat(pool.alloc(8, FitAlgorithm.firstFitAlign(1))).isEqualTo(START + 24);
        assertThat(pool.alloc(8, FitAlgorithm.firstFitAlign(1L << 62))).isEqualTo(NONE);
        GenPool odd = new GenPool(3);
        odd.addChunk(START + 1, 4096);
        assertThat(odd.alloc(8, FitAlgorithm.firstFitAlign(2))).isEqualTo(NONE);
        assertThat(odd.alloc(8)).isEqualTo(START + 1);
    }

    @Test
    void alignedByTheRequestsOrder() {
        GenPool pool = pool(4, 4096);
        pool.alloc(16);
        assertThat(pool.alloc(80, FitAlgorithm.FIRST_FIT_ORDER_ALIGN)).isEqualTo(START + 128);
        assertThat(pool.alloc(64, FitAlgorithm.FIRST_FIT_ORDER_ALIGN)).isEqualTo(START + 64);
    }

    @Test
    void fixedPlace() {
        GenPool pool = pool(4, 4096);
        assertThat(pool.alloc(64, FitAlgorithm.fixed(256))).isEqualTo(START + 256);
        assertThat(pool.alloc(16, FitAlgorithm.fixed(304))).isEqualTo(NONE);
        assertThat(pool.alloc(32, FitAlgorithm.fixed(4080))).isEqualTo(NONE);
        assertThat(pool.alloc(16, FitAlgorithm.fixed(4081))).isEqualTo(NONE);
        assertThat(pool.alloc(16, FitAlgorithm.fixed(1L << 40))).isEqualTo(NONE);
        assertThat(pool.alloc(16, FitAlgorithm.fixed(4080))).isEqualTo(START + 4080);
    }

    @Test
    void chunksAreSearchedInTurn() {
        GenPool pool = pool(4, 64);
        pool.addChunk(START + 128, 4096);
        assertThat(pool.alloc(80)).isEqualTo(START + 128);
        assertThat(pool.alloc(64)).isEqualTo(START);
        assertThat(pool.contains(START + 48, 16)).isTrue();
        assertThat(pool.contains(START + 48, 17)).isFalse();
        assertThat(pool.contains(START - 1, 1)).isFalse();
        assertThatThrownBy(() -> pool.addChunk(START + 4000, 4096)).hasMessageContaining("it overlaps the one at 0x");
        assertThatThrownBy(() -> pool.free(START + 48, 100)).hasMessageContaining("not in a chunk");
    }

    @Test
    void badInputIsRefused() {
        GenPool pool = pool(4, 4096);
        long address = pool.alloc(100);
        assertThatThrownBy(() -> pool.alloc(0)).hasMessage("a request is for 1 byte or more, not 0");
        assertThatThrownBy(() -> pool.free(address + 1, 16))
                .hasMessage("16 bytes at 0x70000001 cannot be freed: no unit begins there");
        assertThatThrownBy(() -> pool.free(address, 113)).hasMessageEndingWith("a part of them is free already");
        assertThatThrownBy(() -> pool.free(address, Long.MAX_VALUE)).hasMessageContaining("not in a chunk");
        assertThatThrownBy(() -> pool.free(64, 1)).hasMessageContaining("not in a chunk");
        assertThatThrownBy(() -> pool.physicalAddress(64)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pool.bytesFree()).isEqualTo(4096 - 112);
        pool.free(NONE, 1);
        pool.free(address, 100);
        assertThatThrownBy(() -> pool.free(address, 100)).hasMessageEndingWith("a part of them is free already");
        assertThatThrownBy(() -> pool.addChunk(0, 4096)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.addChunk(1, Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.addChunk(1, 15)).hasMessageContaining("a chunk has 1 to 1073741824 units of 16");
        assertThatThrownBy(() -> pool.addChunk(1, 1L << 40)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GenPool(63)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FitAlgorithm.firstFitAlign(3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FitAlgorithm.fixed(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pool.validate()).isEmpty();
    }

    /** First fit and best fit agree with a search of every place in a BitSet. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void agreesWithANaiveSearch(long seed) {
        Random random = new Random(seed);
        int units = 200 + random.nextInt(100);
        GenPool pool = pool(4, units * 16L);
        BitSet taken = new BitSet();
        TreeMap<Integer, Integer> runs = new TreeMap<>();
        for (int step = 0; step < 5_000; step++) {
            if (random.nextInt(100) < 55) {
                int wanted = 1 + random.nextInt(random.nextInt(5) == 0 ? 100 : 8);
                boolean isBest = random.nextBoolean();
                int expected = isBest ? naiveBest(taken, units, wanted) : naiveFirst(taken, units, wanted);
                long got = pool.alloc(
                        wanted * 16L - random.nextInt(16), isBest ? FitAlgorithm.BEST_FIT : FitAlgorithm.FIRST_FIT);
                assertThat(got)
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(expected < 0 ? NONE : START + expected * 16L);
                if (expected >= 0) {
                    taken.set(expected, expected + wanted);
                    runs.put(expected, wanted);
                }
            } else if (!runs.isEmpty()) {
                Integer at = runs.ceilingKey(random.nextInt(units));
                if (at != null) {
                    int length = runs.remove(at);
                    taken.clear(at, at + length);
                    pool.free(START + at * 16L, length * 16L);
                }
            }
            assertThat(pool.bytesFree()).isEqualTo((units - taken.cardinality()) * 16L);
        }
        assertThat(pool.validate()).isEmpty();
    }

    private static int naiveFirst(BitSet taken, int units, int wanted) {
        for (int at = 0; at + wanted <= units; at++) {
            if (taken.get(at, at + wanted).isEmpty()) {
                return at;
            }
        }
        return -1;
    }

    private static int naiveBest(BitSet taken, int units, int wanted) {
        int best = -1;
        int bestLength = Integer.MAX_VALUE;
        for (int at = 0; at < units; at++) {
            if (!taken.get(at) && (at == 0 || taken.get(at - 1))) {
                int set = taken.nextSetBit(at);
                int length = (set < 0 ? units : set) - at;
                if (length >= wanted && length < bestLength) {
                    best = at;
                    bestLength = length;
                }
            }
        }
        return best;
    }

    /** Runs over several words; every unit has one owner at a time. Chunks are added meanwhile. */
    @Test
    void everyUnitHasOneOwner() throws InterruptedException {
        GenPool pool = pool(6, 64 * 300);
        AtomicIntegerArray owners = new AtomicIntegerArray(3_000);
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    use(pool, owners, new Random(seed), seed + 1);
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (int chunk = 1; chunk < 4; chunk++) {
            pool.addChunk(START + chunk * 64 * 500L, 64 * 200);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(pool.validate()).isEmpty();
        assertThat(pool.bytesFree()).isEqualTo(pool.bytes()).isEqualTo(64 * 900);
    }

    private static void use(GenPool pool, AtomicIntegerArray owners, Random random, int me) {
        ArrayDeque<long[]> mine = new ArrayDeque<>();
        for (int step = 0; step < 30_000; step++) {
            long units = 1 + random.nextInt(150);
            long address = mine.size() < 3
                    ? pool.alloc(units * 64, step % 2 == 0 ? FitAlgorithm.FIRST_FIT : FitAlgorithm.BEST_FIT)
                    : NONE;
            if (address != NONE) {
                mine.add(new long[] {address, units});
                change(owners, address, units, 0, me);
            } else if (!mine.isEmpty()) {
                free(pool, owners, mine.poll(), me);
            }
        }
        mine.forEach(each -> free(pool, owners, each, me));
    }

    private static void free(GenPool pool, AtomicIntegerArray owners, long[] run, int me) {
        change(owners, run[0], run[1], me, 0);
        pool.free(run[0], run[1] * 64);
    }

    private static void change(AtomicIntegerArray owners, long address, long units, int from, int to) {
        int first = (int) ((address - START) / 64);
        for (int unit = first; unit < first + units; unit++) {
            if (!owners.compareAndSet(unit, from, to)) {
                throw new AssertionError("unit " + unit + " belongs to " + owners.get(unit) + ", not to " + from);
            }
        }
    }
}
