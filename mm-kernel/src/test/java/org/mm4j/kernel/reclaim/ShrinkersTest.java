package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mm4j.api.Gfp;

/** How much shrinkers are asked for, and how they come and go. */
class ShrinkersTest {
    private static final int KERNEL = Gfp.GFP_KERNEL;

    private final AtomicLong pagesFree = new AtomicLong();
    private final Shrinkers shrinkers = new Shrinkers(2, _ -> pagesFree.get());

    /** So many objects, of which all that are looked at are freed. */
    private static final class Counted implements ShrinkableObjects {
        final List<Long> scans = new ArrayList<>();
        final List<Integer> nodes = new ArrayList<>();
        long freeable;
        long stopAfter = Long.MAX_VALUE;

        Counted(long freeable) {
            this.freeable = freeable;
        }

        @Override
        public long countObjects(ShrinkControl control) {
            nodes.add(control.nid());
            return freeable;
        }

        @Override
        public long scanObjects(ShrinkControl control) {
            if (scans.size() >= stopAfter) {
                return SHRINK_STOP;
            }
            scans.add(control.nrToScan());
            return control.nrToScan();
        }
    }

    private Freed shrink(int nid, int priority) {
        Freed freed = new Freed();
        shrinkers.shrink(KERNEL, nid, priority, freed);
        return freed;
    }

    @ParameterizedTest
    @DisplayName("objects that are looked at, and objects that are left for later, by priority")
    @CsvSource({
        // freeable, priority, seeks: scans; deferred
        "100000, 12, 2, '', 48",
        "100000, 9, 2, '128 128 128', 6",
        "1000, 12, 2, '', 0",
        "1000, 3, 2, '128', 122",
        "1000, 1, 2, '128 128 128 128 128 128 128', 104",
        "100, 1, 2, '100', 0",
        "100, 0, 2, '128', 72",
        "1000, 12, 0, '128 128 128', 116",
        "1000, 3, 8, '', 62",
        "1, 0, 4, '1', 0"
    })
    void howMany(long freeable, int priority, int seeks, String scans, long deferred) {
        Counted objects = new Counted(freeable);
        Shrinker shrinker = shrinkers.register(ShrinkerConfig.of("test").withSeeks(seeks), objects);
        Freed freed = shrink(0, priority);
        List<Long> expected = scans.isEmpty()
                ? List.of()
                : List.of(scans.split(" ")).stream().map(Long::valueOf).toList();
        assertThat(objects.scans).isEqualTo(expected);
        assertThat(shrinker.nrDeferred(0)).isEqualTo(deferred);
        assertThat(freed.scanned())
                .isEqualTo(expected.stream().mapToLong(Long::longValue).sum());
    }

    @Test
    @DisplayName("what is too little for a batch adds up until it is enough")
    void deferredAddsUp() {
        Counted objects = new Counted(100_000);
        Shrinker shrinker = shrinkers.register(ShrinkerConfig.of("test"), objects);
        for (int run = 0; run < 100; run++) {
            shrink(0, 12);
        }
        assertThat(shrinker.nrDeferred(0)).isEqualTo(4800);
        shrink(0, 4); // 4800/16 + 12500
        assertThat(objects.scans).hasSize(100);
        assertThat(shrinker.nrDeferred(0)).isEqualTo(4800 + 12_500 - 12_800);
    }

    @Test
    @DisplayName("SHRINK_STOP leaves the rest for later; more than twice the objects is never left")
    void stop() {
        Counted objects = new Counted(1000);
        objects.stopAfter = 2;
        Shrinker shrinker = shrinkers.register(ShrinkerConfig.of("test"), objects);
        shrink(0, 0);
        assertThat(objects.scans).containsExactly(128L, 128L);
        assertThat(shrinker.nrDeferred(0)).isEqualTo(2000 - 256);
        shrink(0, 0);
        assertThat(shrinker.nrDeferred(0)).isEqualTo(2000);
    }

    @Test
    @DisplayName("a random row of calls is counted as by the formula, written down plainly")
    void asTheFormulaSays() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Counted objects = new Counted(0);
        ShrinkerConfig config = ShrinkerConfig.of("test").withSeeks(3).withBatch(50);
        Shrinker shrinker = shrinkers.register(config, objects);
        long deferred = 0;
        for (int call = 0; call < 2000; call++) {
            objects.scans.clear();
            objects.freeable = random.nextInt(5000);
            objects.stopAfter = random.nextInt(4) == 0 ? random.nextInt(3) : Long.MAX_VALUE;
            int priority = random.nextInt(13);
            shrink(0, priority);
            long scanned = 0;
            if (objects.freeable > 0) {
                long delta = (objects.freeable >> priority) * 4 / 3;
                long total = Math.min((deferred >> priority) + delta, 2 * objects.freeable);
                int scans = 0;
                while ((total >= 50 || total >= objects.freeable) && scans++ < objects.stopAfter) {
                    scanned += Math.min(50, total);
                    total -= Math.min(50, total);
                }
                deferred = Math.min(Math.max(deferred + delta - scanned, 0), 2 * objects.freeable);
            }
            assertThat(shrinker.nrDeferred(0))
                    .as("seed %d, call %d", seed, call)
                    .isEqualTo(deferred);
            assertThat(objects.scans.stream().mapToLong(Long::longValue).sum())
                    .as("seed %d, call %d", seed, call)
                    .isEqualTo(scanned);
        }
    }

    @Test
    @DisplayName("nodes are told apart only if the shrinker does")
    void nodes() {
        Counted aware = new Counted(100_000);
        Counted unaware = new Counted(100_000);
        Shrinker one = shrinkers.register(ShrinkerConfig.of("aware").numaAware(), aware);
        Shrinker other = shrinkers.register(ShrinkerConfig.of("unaware"), unaware);
        shrink(1, 12);
        assertThat(aware.nodes).containsExactly(1);
        assertThat(unaware.nodes).containsExactly(0);
        assertThat(one.nrDeferred(0)).isZero();
        assertThat(one.nrDeferred(1)).isEqualTo(48);
        assertThat(other.nrDeferred(1)).isEqualTo(48);
    }

    @Test
    @DisplayName("pages are counted by the shrinker, by its objects if they are pages, or by what comes free")
    void pages() {
        shrinkers.register(ShrinkerConfig.of("pages").ofPages(), new Counted(10));
        assertThat(shrink(0, 0).pages()).isEqualTo(20);
        shrinkers.all().getFirst().close();
        Shrinker accounts = shrinkers.register(ShrinkerConfig.of("accounts"), scanning(control -> {
            control.accountReclaimedPages(3);
            return 1;
        }));
        assertThat(shrink(0, 0).pages()).isEqualTo(3);
        accounts.close();
        shrinkers.register(ShrinkerConfig.of("objects"), scanning(_ -> {
            pagesFree.addAndGet(5);
            return 1;
        }));
        assertThat(shrink(0, 0).pages()).isEqualTo(5);
    }

    /** One object. */
    private static ShrinkableObjects scanning(java.util.function.ToLongFunction<ShrinkControl> scan) {
        return new ShrinkableObjects() {
            private boolean isDone;

            @Override
            public long countObjects(ShrinkControl control) {
                return 1;
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                if (isDone) {
                    return SHRINK_STOP;
                }
                isDone = true;
                return scan.applyAsLong(control);
            }
        };
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("coming and going waits for no scan but one's own, and no scan waits for them")
    void comingAndGoing() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch mayLeave = new CountDownLatch(1);
        AtomicBoolean isOut = new AtomicBoolean();
        Shrinker slow = shrinkers.register(ShrinkerConfig.of("slow"), scanning(_ -> {
            inside.countDown();
            awaitOrFail(mayLeave);
            isOut.set(true);
            return 1;
        }));
        Thread scan = Thread.ofPlatform().start(() -> shrink(0, 0));
        inside.await();
        Shrinker other = shrinkers.register(ShrinkerConfig.of("other"), new Counted(5));
        shrinkers.register(ShrinkerConfig.of("third"), new Counted(5));
        other.close();
        AtomicBoolean wasOut = new AtomicBoolean();
        Thread end = Thread.ofPlatform().start(() -> {
            slow.close();
            wasOut.set(isOut.get());
        });
        while (shrinkers.all().size() > 1) {
            Thread.onSpinWait();
        }
        assertThat(shrink(0, 0).objects()).as("others are shrunk meanwhile").isEqualTo(10);
        assertThat(end.isAlive()).isTrue();
        mayLeave.countDown();
        end.join();
        scan.join();
        assertThat(wasOut).as("the scan was over when close returned").isTrue();
        slow.close();
    }

    private static void awaitOrFail(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @DisplayName("a shrinker that throws loses no deferred work, and can be ended")
    void throwing() {
        Shrinker broken = shrinkers.register(ShrinkerConfig.of("broken").withBatch(10), new ShrinkableObjects() {
            @Override
            public long countObjects(ShrinkControl control) {
                return 100;
            }

            @Override
            public long scanObjects(ShrinkControl control) {
                throw new IllegalStateException("broken shrinker");
            }
        });
        assertThatThrownBy(() -> shrink(0, 0)).hasMessage("broken shrinker");
        assertThat(broken.nrDeferred(0)).isEqualTo(200);
        broken.close();
        assertThat(shrinkers.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"-1, 128, seeks", "2, 0, batch"})
    void badConfigIsRefused(int seeks, long batch, String name) {
        assertThatThrownBy(() -> ShrinkerConfig.of("bad").withSeeks(seeks).withBatch(batch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }
}
