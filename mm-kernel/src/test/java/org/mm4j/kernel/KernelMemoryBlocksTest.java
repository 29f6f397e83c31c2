package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.MemoryBlock;
import org.mm4j.buddy.MemoryBlocks;
import org.mm4j.kernel.pagecache.Blob;
import org.mm4j.kernel.pagecache.BlobCache;

/** A running kernel that shrinks and grows. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelMemoryBlocksTest {
    private static final long MIB = 1 << 20;
    private static final BlockLayout SMALL = BlockLayout.DEFAULT.withOrder(10);

    private static KernelConfig config() {
        return KernelConfig.ofBytes(64 * MIB).withBlocks(SMALL);
    }

    private static ZoneSnapshot zone(Kernel kernel, ZoneType type) {
        return kernel.nodes().getFirst().zones().get(type.ordinal());
    }

    private static void endsWell(Kernel kernel) {
        kernel.drainAllPages();
        assertThat(kernel.validate()).isEmpty();
        assertThat(kernel.pagesInUse()).isZero();
    }

    @Test
    @DisplayName("it grows into memory that was not there at boot, and gives it back to the host when it shrinks")
    void growsAndShrinks() {
        try (Kernel kernel = Kernel.boot(config().withMaxBytes(128 * MIB))) {
            MemoryBlocks blocks = kernel.memoryBlocks();
            assertThat(kernel.memory().bytes()).isEqualTo(128 * MIB);
            assertThat(blocks.list())
                    .hasSize(32)
                    .filteredOn(MemoryBlock::isOnline)
                    .hasSize(16);
            assertThat(kernel.proc().read("/sys/devices/system/memory/memory16/state"))
                    .isEqualTo("offline\n");
            assertThat(zone(kernel, ZoneType.NORMAL).isPopulated()).isFalse();
            List<Long> held = all(kernel);
            for (int number = 16; number < 32; number++) {
                blocks.online(number);
            }
            assertThat(zone(kernel, ZoneType.NORMAL).pagesManaged()).isEqualTo(64 * MIB / PageFrame.PAGE_SIZE);
            assertThat(kernel.zoneinfo()).contains("spanned  16384", "present  16384", "managed  16384");
            List<Long> more = all(kernel);
            assertThat(more).hasSizeGreaterThan(10_000);
            more.forEach(pfn -> kernel.memory().directMap().set(ValueLayout.JAVA_LONG, pfn * PageFrame.PAGE_SIZE, pfn));
            long committed = kernel.memory().bytesCommitted();
            more.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            for (int number = 16; number < 32; number++) {
                blocks.offline(number);
            }
            if (kernel.memory().kind().equals("memfd")) {
                assertThat(committed - kernel.memory().bytesCommitted()).isGreaterThanOrEqualTo(more.size() * 4096L);
            }
            assertThat(zone(kernel, ZoneType.NORMAL).isPopulated()).isFalse();
            assertThat(kernel.buddyinfo()).doesNotContain("Normal");
            held.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            endsWell(kernel);
        }
    }

    private static List<Long> all(Kernel kernel) {
        List<Long> pfns = new ArrayList<>();
        int gfp = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY;
        for (long pfn = kernel.pages().allocPages(gfp, 0);
                pfn != PageFrame.NONE;
                pfn = kernel.pages().allocPages(gfp, 0)) {
            pfns.add(pfn);
        }
        return pfns;
    }

    @Test
    @DisplayName("a kernel cannot grow to less than it has, nor in pieces of blocks")
    void growthIsChecked() {
        KernelConfig config = config();
        assertThat(config.withMaxBytes(64 * MIB)).isSameAs(config);
        assertThatThrownBy(() -> config().withMaxBytes(32 * MIB)).hasMessageContaining("cannot grow to 33554432");
        assertThatThrownBy(() -> config().withMaxBytes(65 * MIB))
                .hasMessageContaining("memory blocks of 4194304 bytes");
        assertThatThrownBy(() -> KernelConfig.ofBytes(64 * MIB).withMaxBytes(128 * MIB))
                .as("blocks are 128 MiB there")
                .hasMessageContaining("boots with 67108864");
        KernelConfig library = KernelConfig.library(128 * MIB).withMaxBytes(256 * MIB);
        assertThat(library.nodes().getLast().zones()).hasSize(1);
    }

    @Test
    @DisplayName("the files of /sys/devices/system/memory are there, and say what is online")
    void files() {
        try (Kernel kernel = Kernel.boot(config())) {
            ProcTree proc = kernel.proc();
            assertThat(proc.list("/sys/devices/system/memory"))
                    .contains("block_size_bytes", "memory0/", "memory15/")
                    .hasSize(17);
            assertThat(proc.read("/sys/devices/system/memory/block_size_bytes")).isEqualTo("400000\n");
            assertThat(proc.read("/sys/devices/system/memory/memory10/phys_index"))
                    .isEqualTo("0000000a\n");
            assertThat(proc.read("/sys/devices/system/memory/memory10/valid_zones"))
                    .isEqualTo("DMA32\n");
            kernel.memoryBlocks().offline(10);
            assertThat(proc.read("/sys/devices/system/memory/memory10/state")).isEqualTo("offline\n");
            assertThat(proc.read("/sys/devices/system/memory/memory11/state")).isEqualTo("online\n");
            endsWell(kernel);
        }
    }

    @Test
    @DisplayName("blobs move out of a block that goes, and keep their bytes")
    void blobsMove() {
        try (Kernel kernel = Kernel.boot(config());
                BlobCache<Integer> cache = kernel.blobCache("moving", 1 << 30, KernelMemoryBlocksTest::page)) {
            for (int key = 0; key < 5000; key++) {
                cache.get(key).close();
            }
            for (int number = 5; number < 12; number++) {
                kernel.memoryBlocks().offline(number);
            }
            int left = 0;
            for (int key = 0; key < 5000; key++) {
                try (Blob blob = cache.getIfPresent(key)) {
                    if (blob != null) {
                        assertThat(MemorySegment.ofArray(blob.toArray()).mismatch(page(key)))
                                .as("blob %d", key)
                                .isEqualTo(-1);
                        left++;
                    }
                }
            }
            assertThat(left).isGreaterThan(4000);
            assertThat(kernel.validate()).isEmpty();
        }
    }

    private static MemorySegment page(int key) {
        byte[] bytes = new byte[PageFrame.PAGE_SIZE];
        new Random(key).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    @Test
    @DisplayName("4 threads allocate and free, fill and read a cache, while blocks go and come: nothing is lost")
    void underLoad() throws InterruptedException {
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger gone = new AtomicInteger();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (Kernel kernel = Kernel.boot(config().withMaxBytes(96 * MIB))) {
            try (BlobCache<Integer> cache = kernel.blobCache("load", 16 << 20, KernelMemoryBlocksTest::page)) {
                List<Thread> users = new ArrayList<>();
                for (int user = 0; user < 4; user++) {
                    Random random = new Random(user);
                    users.add(Thread.ofPlatform().start(() -> {
                        try {
                            while (!isOver.get()) {
                                use(kernel, cache, random);
                            }
                        } catch (Throwable failure) {
                            failures.add(failure);
                        }
                    }));
                }
                goAndCome(kernel.memoryBlocks(), new Random(77), gone);
                isOver.set(true);
                for (Thread user : users) {
                    user.join();
                }
            }
            assertThat(failures).isEmpty();
            assertThat(gone.get()).as("blocks that went offline").isGreaterThan(20);
            endsWell(kernel);
            for (MemoryBlock block : kernel.memoryBlocks().list()) {
                if (!block.isOnline()) {
                    kernel.memoryBlocks().online(block.number());
                }
            }
            assertThat(zone(kernel, ZoneType.NORMAL).pagesManaged()).isEqualTo(32 * MIB / PageFrame.PAGE_SIZE);
            endsWell(kernel);
        }
    }

    /** Some blocks are pinned when their turn comes; those say why, and stay. */
    private static void goAndCome(MemoryBlocks blocks, Random random, AtomicInteger gone) {
        for (int change = 0; change < 400; change++) {
            int number = 4 + random.nextInt(20);
            try {
                if (!blocks.block(number).isOnline()) {
                    blocks.online(number);
                } else if (blocks.list().stream().filter(MemoryBlock::isOnline).count() > 12) {
                    blocks.offline(number);
                    gone.incrementAndGet();
                }
            } catch (IllegalStateException pinned) {
                assertThat(pinned).hasMessageStartingWith("memory block " + number + " cannot go offline: pfn ");
            }
        }
    }

    /** Pages of several orders with a stamp in them, and blobs, all held for a moment. */
    private static void use(Kernel kernel, BlobCache<Integer> cache, Random random) {
        long[] pfns = new long[16];
        int[] orders = new int[16];
        MemorySegment map = kernel.memory().directMap();
        for (int at = 0; at < pfns.length; at++) {
            orders[at] = random.nextInt(4);
            pfns[at] = kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY, orders[at]);
            if (pfns[at] != PageFrame.NONE) {
                map.set(ValueLayout.JAVA_LONG, pfns[at] * PageFrame.PAGE_SIZE, pfns[at]);
            }
        }
        int key = random.nextInt(4000);
        try (Blob blob = cache.get(key)) {
            assertThat(MemorySegment.ofArray(blob.toArray()).mismatch(page(key)))
                    .isEqualTo(-1);
        }
        for (int at = 0; at < pfns.length; at++) {
            if (pfns[at] != PageFrame.NONE) {
                assertThat(map.get(ValueLayout.JAVA_LONG, pfns[at] * PageFrame.PAGE_SIZE))
                        .isEqualTo(pfns[at]);
                kernel.pages().freePages(pfns[at], orders[at]);
            }
        }
    }
}
