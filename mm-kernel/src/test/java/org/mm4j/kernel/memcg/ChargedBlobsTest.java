package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AllocationFailure;
import org.mm4j.kernel.pagecache.Blob;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.pagecache.BlobCacheConfig;

/** A page cache is paid for by those who have it loaded, and at their limit their own blobs go. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChargedBlobsTest {
    private static final int LIMIT = 100;
    private static final int CACHE_PAGES = 10_000;

    private final CgroupKernel machine = new CgroupKernel();
    private final MemoryCgroup limited = machine.group("limited", (long) LIMIT * PAGE);
    private final MemoryCgroup free = machine.group("free");
    private final BlobCache<Integer> cache = machine.kernel.blobCache("blobs", (long) CACHE_PAGES * PAGE, this::load);
    private int pagesPerBlob = 1;

    @AfterEach
    void close() {
        cache.close();
        machine.close();
    }

    private MemorySegment load(Integer key) {
        byte[] bytes = new byte[pagesPerBlob * PAGE];
        bytes[0] = key.byteValue();
        return MemorySegment.ofArray(bytes);
    }

    private void get(MemoryCgroup in, int from, int to) {
        in.run(() -> {
            for (int key = from; key < to; key++) {
                try (Blob blob = cache.get(key)) {
                    assertThat(blob.get(0)).isEqualTo((byte) key);
                }
            }
        });
    }

    private long present(int from, int to) {
        return IntStream.range(from, to)
                .filter(cache.asMap(new Bytes())::containsKey)
                .count();
    }

    private static final class Bytes implements org.mm4j.kernel.pagecache.BlobCodec<byte[]> {
        @Override
        public MemorySegment encode(byte[] value) {
            return MemorySegment.ofArray(value);
        }

        @Override
        public byte[] decode(byte[] bytes) {
            return bytes;
        }
    }

    private static void filePagesAre(MemoryCgroup group, long pages) {
        assertThat(group.stat().file()).as("file of " + group).isEqualTo(pages * PAGE);
    }

    @Test
    void whoHasABlobLoadedPaysForItAndNotWhoReadsItNext() {
        get(free, 0, 30);
        get(limited, 0, 40);
        get(machine.cgroups.root(), 0, 50);

        filePagesAre(free, 30);
        filePagesAre(limited, 10);
        filePagesAre(machine.cgroups.root(), 40);
        assertThat(free.stat().kernel()).as("it is no kernel memory").isZero();
        assertThat(cache.stats().pages()).isEqualTo(50);
        cache.invalidate(0);
        limited.run(() -> cache.put(1, MemorySegment.ofArray(new byte[3 * PAGE])));
        filePagesAre(free, 28);
        filePagesAre(limited, 13);
        cache.invalidateAll();
        filePagesAre(free, 0);
    }

    @Test
    void atTheLimitOfAGroupItsOwnBlobsGoAndTheLoadGoesOn() {
        get(free, 10_000, 10_300);
        get(limited, 0, 2000);

        assertThat(limited.bytesPeak()).isLessThanOrEqualTo(LIMIT * PAGE);
        assertThat(present(0, 2000)).isBetween(LIMIT / 2L, (long) LIMIT);
        assertThat(present(10_000, 10_300)).as("those of the other group").isEqualTo(300);
        filePagesAre(free, 300);
        assertThat(limited.events().max()).isPositive();
        assertThat(limited.events().oom()).isZero();
        assertThat(cache.stats().pagesBound())
                .as("others may go on to fill the cache")
                .isEqualTo(CACHE_PAGES);
    }

    @Test
    void blobsOfOthersStayAlsoWhenThePolicyWouldMissThemLeast() {
        try (BlobCache<Integer> small = machine.kernel.blobCache("small", 500L * PAGE, this::load)) {
            free.run(() -> IntStream.range(0, 300).forEach(key -> small.get(key).close()));
            limited.run(() -> {
                for (int round = 0; round < 10; round++) {
                    IntStream.range(1000, 1090).forEach(key -> small.get(key).close());
                }
                IntStream.range(1090, 1150).forEach(key -> small.get(key).close());
            });
            filePagesAre(free, 300);
            assertThat(small.stats().pagesReclaimed()).isPositive();
        }
    }

    @Test
    void pagesThatAreFreedDoNotStayInStock() {
        get(free, 0, 100);
        long inStock = free.bytesCharged() - free.stat().file();
        cache.invalidateAll();
        assertThat(free.bytesCharged()).isEqualTo(inStock);
    }

    @Test
    void pinnedPagesOfAGroupDoNotCountAsReclaimable() {
        get(free, 0, 50);
        get(limited, 50, 70);
        get(machine.cgroups.root(), 70, 80);
        reclaimableAre(80);
        IntStream.range(0, 5).forEach(cache::pin);
        cache.pin(0);
        cache.pin(75);
        reclaimableAre(74);
        limited.run(() -> cache.put(0, MemorySegment.ofArray(new byte[3 * PAGE])));
        reclaimableAre(74);
        cache.unpin(0);
        reclaimableAre(74);
        cache.unpin(0);
        reclaimableAre(77);
        IntStream.range(0, 80).forEach(cache::invalidate);
        reclaimableAre(0);
    }

    private void reclaimableAre(long pages) {
        assertThat(machine.kernel.reclaim().pagesReclaimable(0)).isEqualTo(pages);
    }

    @Test
    void blobsOfManyPagesGoOnToo() {
        pagesPerBlob = 30;
        get(limited, 0, 200);
        assertThat(present(0, 200)).isBetween(2L, 3L);
        pagesPerBlob = LIMIT + 1;
        assertThatThrownBy(() -> get(limited, 1000, 1001))
                .isInstanceOf(AllocationFailure.class)
                .hasMessage("cgroup /limited has no room for the 413696 bytes of 1000");
    }

    @Test
    void pinnedBlobsStayAtTheLimitAndIfAllAreTheLoadFails() {
        get(limited, 0, 60);
        for (int key = 0; key < 60; key++) {
            assertThat(cache.pin(key)).isTrue();
        }
        get(limited, 60, 500);
        assertThat(present(0, 60)).isEqualTo(60);
        assertThat(present(60, 500)).isBetween(1L, 40L);

        IntStream.range(60, 500).forEach(cache::pin);
        while (present(0, 1000) < LIMIT) {
            int next = 500 + (int) present(500, 1000);
            get(limited, next, next + 1);
            cache.pin(next);
        }
        assertThatThrownBy(() -> get(limited, 1000, 1001)).isInstanceOf(AllocationFailure.class);
        assertThat(cache.unpin(7)).isTrue();
        get(limited, 1000, 1001);
        assertThat(present(7, 8)).isZero();
    }

    @Test
    void aBlobThatIsReadStaysAndStaysCharged() {
        Blob reader = limited.call(() -> cache.get(0));
        get(limited, 1, 500);
        filePagesAre(limited, Math.round(limited.stat().file() / (double) PAGE));
        cache.invalidateAll();
        filePagesAre(limited, 1);
        assertThat(reader.get(0)).isZero();
        reader.close();
        filePagesAre(limited, 0);
    }

    @Test
    void aCacheOfAGroupIsChargedToItWhoeverLoads() {
        MemoryCgroup owner = machine.cgroups.create(free, "owner", CgroupLimits.ofMax(50L * PAGE));
        BlobCacheConfig config =
                BlobCacheConfig.of("owned", (long) CACHE_PAGES * PAGE).withCgroup(owner);
        try (BlobCache<Integer> owned = machine.kernel.blobCache(config, this::load)) {
            limited.run(() -> {
                for (int key = 0; key < 200; key++) {
                    owned.get(key).close();
                }
            });
            filePagesAre(limited, 0);
            assertThat(owned.stats().pages()).isBetween(20L, 50L);
            filePagesAre(owner, owned.stats().pages());

            owner.remove();
            owned.get(1000).close();
            filePagesAre(free, owned.stats().pages());
            assertThat(free.reclaim(200L * PAGE))
                    .as("also those of the removed group")
                    .isPositive();
            assertThat(owned.stats().pages()).isZero();
        }
        try (CgroupKernel other = new CgroupKernel()) {
            BlobCacheConfig foreign = config.withCgroup(other.group("a"));
            assertThatThrownBy(() -> machine.kernel.blobCache(foreign, this::load))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("cgroup /a is one of another kernel");
        }
    }

    @Test
    void whenTheMachineIsShortBlobsOfAllGroupsGo() {
        get(free, 0, 200);
        get(limited, 200, 280);
        get(machine.cgroups.root(), 300, 400);
        for (int round = 0; round < 30; round++) {
            machine.kernel.reclaim().reclaim(0, GFP_KERNEL, 0);
        }
        assertThat(cache.stats().pages()).isZero();
        assertThat(cache.stats().pagesBound()).isLessThan(CACHE_PAGES);
    }

    @Test
    void memoryHighEvictsToo() {
        get(free, 0, 1000);
        free.setLimits(CgroupLimits.NONE.withHigh(300L * PAGE));
        assertThat(free.bytesCharged()).isLessThanOrEqualTo(300L * PAGE);
        get(free, 2000, 3000);
        assertThat(free.bytesCharged()).isLessThan(400L * PAGE);
        assertThat(machine.cgroups.millisWaitedAboveHigh()).isZero();
    }

    @Test
    void pagesThatMoveStayCharged() {
        get(free, 0, 2000);
        for (int key = 0; key < 2000; key += 2) {
            cache.invalidate(key);
        }
        machine.kernel.drainAllPages();
        machine.kernel.buddy().compactMemory(0);
        assertThat(machine.kernel.buddy().migrations().blocksMoved()).isPositive();
        filePagesAre(free, 1000);
    }

    @Test
    void aLoadForWhichThereAreNoPagesIsNotCharged() {
        assertThatThrownBy(() -> free.run(() -> cache.put(1, MemorySegment.ofArray(new byte[70 << 20]))))
                .isInstanceOf(AllocationFailure.class)
                .hasMessageStartingWith("no pages for");
        assertThat(free.stat().total()).isZero();
        assertThat(free.bytesPeak()).isGreaterThan(64 * MIB);
    }

    @Test
    void threadsOfSeveralGroupsLeaveNothingBehind() {
        Together crowd = new Together();
        for (int thread = 0; thread < 4; thread++) {
            MemoryCgroup in = thread % 2 == 0 ? limited : free;
            SplittableRandom random = new SplittableRandom(thread);
            crowd.add(() -> {
                for (int step = 0; step < 4000; step++) {
                    int key = random.nextInt(800);
                    try {
                        get(in, key, key + 1);
                        if (random.nextInt(8) == 0 && cache.pin(key)) {
                            cache.unpin(key);
                        }
                    } catch (AllocationFailure full) {
                        assertThat(full).hasMessageContaining("/limited"); // all others are read just now
                    }
                }
            });
        }
        crowd.join();
        filePagesAre(machine.cgroups.root(), cache.stats().pages());
        assertThat(limited.bytesPeak()).isLessThanOrEqualTo(LIMIT * PAGE);
    }
}
