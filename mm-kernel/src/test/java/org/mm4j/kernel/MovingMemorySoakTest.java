package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.CmaArea;
import org.mm4j.buddy.MemoryBlock;
import org.mm4j.kernel.pagecache.Blob;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.reclaim.CompactionOptions;

/**
 * Everything that moves, takes away or gives back memory, at once with everything that uses it. {@code
 * -Dmm4j.soak.seconds=600} makes it long, and {@code -Dmm4j.soak.seed} repeats one.
 */
@Timeout(value = 4000, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MovingMemorySoakTest {
    private static final long MIB = 1 << 20;
    private static final int THREADS = 4;
    private static final int HELD_MAX = 250;
    private static final int QUIET = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY;
    private static final long SEED =
            Long.getLong("mm4j.soak.seed", ThreadLocalRandom.current().nextLong());
    private static final long NANOS = 1_000_000_000L * Integer.getInteger("mm4j.soak.seconds", 8);

    /** Whole blocks of 4 MiB; these have the CMA area, and stay. */
    private static final int CMA_BLOCK = 6;

    private static final long CMA_PAGES = 2048;

    private enum Act {
        STAMPED,
        BLOB,
        KMALLOC,
        VMALLOC,
        PERCPU,
        PAGES,
        CMA,
        BLOCK,
        HUGE,
        COMPACT,
        TRIM
    }

    /** How often each act did what it is for. */
    private final AtomicLongArray done = new AtomicLongArray(Act.values().length);

    private final Queue<String> troubles = new ConcurrentLinkedQueue<>();

    private Kernel kernel;
    private MemorySegment map;
    private StampedPages stamped;
    private CmaArea area;
    private BlobCache<Integer> cache;

    @Test
    @DisplayName(
            "CMA, blocks that go and come, compaction, trim, page cache, kmalloc, vmalloc and percpu at once: nothing is lost")
    void together() throws InterruptedException {
        KernelConfig config = KernelConfig.ofBytes(64 * MIB)
                .withBlocks(BlockLayout.DEFAULT.withOrder(10))
                .withMaxBytes(96 * MIB)
                .withCompaction(new CompactionOptions(80, 2_000_000));
        try (Kernel booted = Kernel.boot(config)) {
            kernel = booted;
            map = kernel.memory().directMap();
            stamped = new StampedPages(kernel);
            area = CmaArea.declare(kernel.buddy(), "soak", CMA_BLOCK * 1024L, CMA_PAGES, 2);
            try (BlobCache<Integer> blobs = kernel.blobCache("soak", 12 * MIB, MovingMemorySoakTest::page)) {
                cache = blobs;
                runThreads();
            }
            assertThat(troubles).as("seed %d", SEED).isEmpty();
            assertThat(area.pagesAvailable()).isEqualTo(CMA_PAGES);
            for (MemoryBlock block : kernel.memoryBlocks().list()) {
                if (!block.isOnline()) {
                    kernel.memoryBlocks().online(block.number());
                }
            }
            kernel.vmalloc().vmUnmapAliases();
            kernel.drainAllPages();
            assertThat(kernel.validate()).as("seed %d", SEED).isEmpty();
            assertThat(kernel.pagesInUse()).as("seed %d", SEED).isZero();
            assertThat(kernel.nodes().getFirst().zones().stream()
                            .mapToLong(zone -> zone.pagesFreeCma())
                            .sum())
                    .isEqualTo(CMA_PAGES);
            assertThat(stamped.moves).as("pages that were moved").hasPositiveValue();
            for (Act act : Act.values()) {
                assertThat(done.get(act.ordinal()))
                        .as("%s, seed %d: %s", act, SEED, done)
                        .isPositive();
            }
        }
    }

    private void runThreads() throws InterruptedException {
        long end = System.nanoTime() + NANOS;
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(SEED + thread);
            threads.add(Thread.ofPlatform().name("soak " + thread).start(() -> use(random, end)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** What a thread has, and how to give it back. */
    private interface Held {
        /** Whether it was as it was left. */
        boolean giveBack();
    }

    private void use(Random random, long end) {
        List<Held> held = new ArrayList<>();
        try {
            while (System.nanoTime() < end && troubles.isEmpty()) {
                Act act = Act.values()[rare(random)];
                Held taken = act(act, random);
                if (taken != null) {
                    held.add(taken);
                }
                if (held.size() > HELD_MAX) {
                    giveBack(held.remove(random.nextInt(held.size())));
                }
            }
            held.forEach(this::giveBack);
        } catch (Throwable failure) {
            troubles.add(failure + " at " + List.of(failure.getStackTrace()).subList(0, 5));
        }
    }

    /** Those that take long come less often. */
    private static int rare(Random random) {
        int common = Act.PAGES.ordinal() + 1;
        return random.nextInt(12) > 0 ? random.nextInt(common) : common + random.nextInt(Act.values().length - common);
    }

    private void giveBack(Held held) {
        if (!held.giveBack()) {
            troubles.add("what was in it is lost: " + held);
        }
    }

    private Held act(Act act, Random random) {
        Held held = switch (act) {
            case STAMPED -> stampedPage();
            case BLOB -> readBlob(random.nextInt(4000));
            case KMALLOC -> kmalloc(1L << (4 + random.nextInt(15)));
            case VMALLOC -> vmalloc(1 + random.nextInt(30));
            case PERCPU -> percpu(8 << random.nextInt(8));
            case PAGES -> pages(random.nextInt(4));
            case CMA -> cma(1 + random.nextInt(300));
            case BLOCK -> changeBlock(random.nextInt(24));
            case HUGE -> pages(9);
            case COMPACT -> compact();
            case TRIM -> trim();
        };
        if (held != null) {
            done.incrementAndGet(act.ordinal());
        }
        return held;
    }

    private Held stampedPage() {
        StampedPages.Page page = stamped.take();
        return page == null ? null : () -> stamped.free(page);
    }

    private Held readBlob(int key) {
        try (Blob blob = cache.get(key)) {
            if (blob == null || MemorySegment.ofArray(blob.toArray()).mismatch(page(key)) != -1) {
                troubles.add("blob " + key + " is not what it was");
            }
        }
        return () -> true;
    }

    private static MemorySegment page(int key) {
        byte[] bytes = new byte[PageFrame.PAGE_SIZE];
        new Random(key).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    private Held kmalloc(long bytes) {
        long address = kernel.kmalloc().kmalloc(bytes, QUIET);
        if (address == 0) {
            return null;
        }
        MemorySegment object = map.asSlice(address - map.address(), bytes);
        return stamped(object, () -> kernel.kmalloc().kfree(address));
    }

    private Held vmalloc(int pages) {
        long address = kernel.vmalloc().vmallocWith((long) pages * PageFrame.PAGE_SIZE, QUIET);
        return address == 0
                ? null
                : stamped(
                        kernel.vmalloc().segment(address),
                        () -> kernel.vmalloc().vfree(address));
    }

    private Held percpu(long bytes) {
        long handle = kernel.percpu().allocPercpu(bytes, 8, QUIET);
        int cpu = kernel.percpu().cpus() - 1;
        return handle == 0
                ? null
                : stamped(
                        kernel.percpu().segment(handle, cpu, bytes),
                        () -> kernel.percpu().freePercpu(handle));
    }

    private Held pages(int order) {
        int gfp = order == 9 ? Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN | Gfp.__GFP_RETRY_MAYFAIL : QUIET;
        long pfn = kernel.pages().allocPages(gfp, order);
        if (pfn == PageFrame.NONE) {
            return null;
        }
        return stamped(
                ofFrames(pfn, PageFrame.pages(order)), () -> kernel.pages().freePages(pfn, order));
    }

    private Held cma(int count) {
        long pfn = area.alloc(count, 0, true);
        return pfn == PageFrame.NONE
                ? null
                : stamped(
                        ofFrames(pfn, count),
                        () -> assertThat(area.release(pfn, count)).isTrue());
    }

    private MemorySegment ofFrames(long pfn, long pages) {
        return map.asSlice(pfn * PageFrame.PAGE_SIZE, pages * PageFrame.PAGE_SIZE);
    }

    /** Fills it with words that nobody else writes, and looks at them before it goes back. */
    private static Held stamped(MemorySegment memory, Runnable free) {
        long stamp = memory.address() ^ Thread.currentThread().threadId() ^ System.nanoTime();
        long last = (memory.byteSize() - Long.BYTES) & -Long.BYTES;
        for (long at = 0; at <= last; at += 512) {
            memory.set(ValueLayout.JAVA_LONG, at, stamp + at);
        }
        memory.set(ValueLayout.JAVA_LONG, last, ~stamp);
        return () -> {
            boolean isWhole = memory.get(ValueLayout.JAVA_LONG, last) == ~stamp;
            for (long at = 0; at < last; at += 512) {
                isWhole &= memory.get(ValueLayout.JAVA_LONG, at) == stamp + at;
            }
            free.run();
            return isWhole;
        };
    }

    private Held changeBlock(int number) {
        try {
            if (!kernel.memoryBlocks().block(number).isOnline()) {
                kernel.memoryBlocks().online(number);
                return () -> true;
            }
            long online = kernel.memoryBlocks().list().stream()
                    .filter(MemoryBlock::isOnline)
                    .count();
            if (online > 14) {
                kernel.memoryBlocks().offline(number);
                return () -> true;
            }
        } catch (IllegalStateException refused) {
            if (!String.valueOf(refused.getMessage()).startsWith("memory block " + number)) {
                throw refused;
            }
        }
        return null;
    }

    private Held compact() {
        kernel.buddy().compactMemory(0);
        return () -> true;
    }

    private Held trim() {
        long returned = kernel.trim().bytesReturned();
        return () -> returned >= 0;
    }
}
