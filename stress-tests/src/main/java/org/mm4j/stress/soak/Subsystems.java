package org.mm4j.stress.soak;

import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.GFP_NOWAIT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.memcg.MemoryCgroup;
import org.mm4j.kernel.pagecache.Blob;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.kernel.pools.DmaPool;
import org.mm4j.kernel.pools.Mempool;
import org.mm4j.kernel.pools.PageFragCaches;

/**
 * What a kernel has besides its allocators, each with something that a thread does with it: pools, a cache of blobs, cgroups,
 * arenas, memory that is freed after a grace period. What is taken is given back before the call returns.
 *
 * <p>Any thread may call {@link #use}. Who makes it closes it when all others have ended.
 */
final class Subsystems implements AutoCloseable {
    private static final int KEYS = 4000;
    private static final int RESERVE = 16;
    private static final int BULK = 3;
    private static final int BLOCK_BYTES = 192;
    private static final int PERCPU_AREAS = 12;
    private static final int GROUP_PAGES = 8;

    private final Kernel kernel;
    private final FaultLedger ledger;
    private final Mempool mempool;
    private final PageFragCaches fragments;
    private final DmaPool dma;
    private final BlobCache<Integer> blobs;
    private final MemoryCgroup roomy;
    private final MemoryCgroup tight;

    /** Before anything is made to fail. */
    Subsystems(Kernel kernel, FaultLedger ledger) {
        this.kernel = kernel;
        this.ledger = ledger;
        mempool = kernel.pools().mempoolOfKmalloc("soak", RESERVE, BLOCK_BYTES);
        fragments = kernel.pools().pageFragCaches();
        dma = kernel.pools().dmaPool("soak", BLOCK_BYTES, 64, PageFrame.PAGE_SIZE);
        blobs = kernel.blobCache("soak", 32 << 20, key -> MemorySegment.ofArray(bytes(key)));
        roomy = kernel.cgroups().create("roomy", CgroupLimits.NONE);
        tight = kernel.cgroups().create("tight", CgroupLimits.ofMax(GROUP_PAGES * (long) PageFrame.PAGE_SIZE));
    }

    private static byte[] bytes(int key) {
        byte[] bytes = new byte[1 + key * 37 % (3 * PageFrame.PAGE_SIZE)];
        Arrays.fill(bytes, (byte) key);
        return bytes;
    }

    /** Something with one of them. */
    void use(SplittableRandom random, long stamp) {
        switch (random.nextInt(10)) {
            case 0 -> useMempool(random.nextBoolean() ? GFP_KERNEL : GFP_NOWAIT);
            case 1 -> useMempoolBulk();
            case 2 -> useFragments(random);
            case 3 -> useDma();
            case 4 -> readBlob(random.nextInt(KEYS));
            case 5 -> roomy.run(() -> useCharged(random, stamp));
            case 6 -> tight.run(this::exceed);
            case 7 -> usePercpu();
            case 8 -> useLater(random.nextInt(50));
            default -> useArena(random);
        }
    }

    private void useMempool(int gfp) {
        Long element = ledger.attempt(() -> orNull(mempool.alloc(gfp)));
        if (element != null) {
            ledger.giveBack(() -> mempool.free(element));
        } else if (gfp == GFP_KERNEL) {
            throw new AssertionError("a mempool had nothing for who may wait");
        }
    }

    private void useMempoolBulk() {
        long[] elements = new long[BULK];
        ledger.attempt(() -> {
            mempool.allocBulk(GFP_KERNEL, elements);
            return elements;
        });
        ledger.giveBack(() -> mempool.freeBulk(elements));
    }

    private void useFragments(SplittableRandom random) {
        int bytes = 1 + random.nextInt(PageFrame.PAGE_SIZE);
        Long address = ledger.take(() -> orNull(fragments.alloc(bytes, 8)));
        if (address != null) {
            ledger.giveBack(() -> fragments.free(address));
        }
    }

    private void useDma() {
        Long address = ledger.take(() -> orNull(dma.alloc(GFP_KERNEL)));
        if (address != null) {
            ledger.giveBack(() -> dma.free(address));
        }
    }

    /** Who may not wait leaves it to the next one that chunks are filled. */
    private void usePercpu() {
        List<Long> taken = new ArrayList<>();
        for (int i = 0; i < PERCPU_AREAS; i++) {
            Long handle = ledger.attempt(() -> orNull(kernel.percpu().allocPercpu(PageFrame.PAGE_SIZE, 8, GFP_NOWAIT)));
            if (handle != null) {
                taken.add(handle);
            }
        }
        taken.forEach(handle -> ledger.giveBack(() -> kernel.percpu().freePercpu(handle)));
    }

    private static @Nullable Long orNull(long address) {
        return address == 0 ? null : address;
    }

    private void readBlob(int key) {
        Blob found = ledger.take(orFailed(() -> blobs.get(key)));
        if (found != null) {
            try (Blob blob = found) {
                if (!Arrays.equals(blob.toArray(), bytes(key))) {
                    throw new AssertionError("blob " + key + " has other bytes than were put in");
                }
            }
        }
    }

    private static <T> Supplier<@Nullable T> orFailed(Supplier<@Nullable T> request) {
        return () -> {
            try {
                return request.get();
            } catch (AllocationFailure e) {
                return null;
            }
        };
    }

    private void useCharged(SplittableRandom random, long stamp) {
        int bytes = 8 << random.nextInt(11);
        boolean isOfPages = random.nextBoolean();
        Block block = isOfPages
                ? ledger.take(
                        () -> Block.pages(kernel, random.nextInt(2), GFP_KERNEL_ACCOUNT, stamp),
                        FaultPoint.FAIL_PAGE_ALLOC,
                        FaultPoint.FAIL_CHARGE)
                : ledger.take(() -> Block.kmalloc(kernel, bytes, GFP_KERNEL_ACCOUNT, stamp), FaultPoint.FAILSLAB);
        if (block != null) {
            block.check();
            ledger.giveBack(() -> block.free(kernel));
        }
    }

    /** More than the group may have, so that the last request fails by itself, after nobody was found who could be ended. */
    private void exceed() {
        Deque<Long> taken = new ArrayDeque<>();
        Long pfn = chargedPage();
        while (pfn != null && taken.size() <= GROUP_PAGES) {
            taken.add(pfn);
            pfn = chargedPage();
        }
        taken.forEach(each -> ledger.giveBack(() -> kernel.pages().freePages(each, 0)));
        if (taken.size() > GROUP_PAGES) {
            throw new AssertionError("a group of " + GROUP_PAGES + " pages at most had " + taken.size());
        }
    }

    private @Nullable Long chargedPage() {
        return ledger.attempt(() -> {
            long pfn = kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 0);
            return pfn == PageFrame.NONE ? null : pfn;
        });
    }

    /** Freed after a grace period, or when the next one takes an area. */
    private void useLater(int what) {
        Long object = ledger.take(() -> orNull(kernel.kmalloc().kmalloc(BLOCK_BYTES, GFP_KERNEL)), FaultPoint.FAILSLAB);
        if (object != null) {
            ledger.giveBack(() -> kernel.kmalloc().kfreeRcu(object));
        }
        Long area = ledger.take(() -> orNull(kernel.vmalloc().vmallocWith(9000, GFP_NOWAIT)), FaultPoint.FAIL_MAP);
        if (area != null) {
            ledger.giveBack(() -> kernel.vmalloc().vfreeAtomic(area));
        }
        if (what == 0) {
            ledger.giveBack(kernel.rcu()::synchronize);
        }
    }

    private void useArena(SplittableRandom random) {
        long bytes = 1 + random.nextInt(100_000);
        ledger.attempt(orFailed(() -> {
            try (KernelArena arena = kernel.openConfinedArena()) {
                return arena.allocate(bytes, 8).fill((byte) 1);
            }
        }));
    }

    /** Nobody uses them any more. */
    @Override
    public void close() {
        ledger.giveBack(blobs::close);
        ledger.giveBack(fragments::drain);
        ledger.giveBack(dma::destroy);
        ledger.giveBack(mempool::destroy);
        roomy.remove();
        tight.remove();
        if (roomy.bytesCharged() + tight.bytesCharged() != 0) {
            throw new AssertionError("charged in the end are " + roomy.bytesCharged() + " and " + tight.bytesCharged()
                    + " bytes, to groups that have nothing");
        }
    }
}
