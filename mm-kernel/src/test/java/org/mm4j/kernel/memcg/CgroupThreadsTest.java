package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.Gfp;
import org.mm4j.slab.KmemCache;

/** Threads in groups that come, go and change. Nothing is charged in the end, see {@link CgroupKernel#close}. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupThreadsTest {
    private final CgroupKernel machine = new CgroupKernel();
    private final MemoryCgroups cgroups = machine.cgroups;

    @AfterEach
    void close() {
        machine.close();
    }

    /** A tree of groups, objects and pages freed by others than those who took them, groups that come and go. */
    @Test
    void nothingIsLeftAfterThreadsHaveMixed() {
        KmemCache cache = machine.accountCache("things", 120);
        MemoryCgroup parent = machine.group("parent", 4 * MIB);
        ConcurrentLinkedQueue<Long> objects = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Long> pages = new ConcurrentLinkedQueue<>();
        Together crowd = new Together();
        for (int thread = 0; thread < 6; thread++) {
            long seed = thread;
            crowd.add(() -> mix(new SplittableRandom(seed), "own" + seed, parent, cache, objects, pages));
        }
        crowd.join();
        objects.forEach(cache::free);
        pages.forEach(pfn -> machine.kernel.pages().freePages(pfn, 0));
        assertThat(parent.bytesPeak()).isLessThanOrEqualTo(4 * MIB);
        assertThat(parent.children()).isEmpty();
    }

    private void mix(
            SplittableRandom random,
            String name,
            MemoryCgroup parent,
            KmemCache cache,
            ConcurrentLinkedQueue<Long> objects,
            ConcurrentLinkedQueue<Long> pages) {
        for (int round = 0; round < 40; round++) {
            MemoryCgroup own = cgroups.create(parent, name, CgroupLimits.ofMax(MIB));
            own.run(() -> {
                for (int step = 0; step < 500; step++) {
                    long taken = random.nextBoolean()
                            ? cache.alloc(GFP_KERNEL)
                            : -machine.kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 0);
                    if (taken > 0) {
                        objects.add(taken);
                    } else if (taken < 0) {
                        pages.add(-taken);
                    }
                    Long object = random.nextInt(9) < 5 ? objects.poll() : null;
                    if (object != null) {
                        cache.free(object);
                    }
                    Long page = random.nextInt(9) < 5 ? pages.poll() : null;
                    if (page != null) {
                        machine.kernel.pages().freePages(page, 0);
                    }
                }
            });
            own.remove();
        }
    }

    /** Limits, protection and marks change, and whole groups go, below threads that are at work in them. */
    @Test
    void nothingIsLeftWhenLimitsSinkAndGroupsGoMeanwhile() {
        cgroups.setOptions(CgroupOptions.DEFAULT.withWaitsAboveHigh(false));
        MemoryCgroup parent = machine.group("parent", 2 * MIB);
        CachedPages cached = CachedPages.register(machine.kernel);
        KmemCache cache = machine.accountCache("things", 300);
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        List<MemoryCgroup> current = new java.util.concurrent.CopyOnWriteArrayList<>(IntStream.range(0, 3)
                .mapToObj(each -> cgroups.create(parent, "g" + each, CgroupLimits.NONE))
                .toList());
        Together workers = new Together();
        for (int thread = 0; thread < 4; thread++) {
            SplittableRandom random = new SplittableRandom(thread);
            workers.add(() -> {
                Deque<Long> objects = new ArrayDeque<>();
                for (int round = 0; round < 4000; round++) {
                    MemoryCgroup in = current.get(random.nextInt(3));
                    try {
                        served.addAndGet(step(in, random, cached, cache, objects));
                    } catch (IllegalStateException removed) {
                        assertThat(removed).hasMessageContaining("has been removed");
                    }
                }
                objects.forEach(cache::free);
            });
        }
        Together changer = new Together();
        changer.add(() -> change(parent, current, isOver));
        try {
            workers.join();
        } finally {
            isOver.set(true);
            changer.join();
        }
        cached.freeAll();
        current.forEach(MemoryCgroup::remove);
        assertThat(served.get()).as("requests that were served").isGreaterThan(1000);
        assertThat(parent.bytesPeak()).isLessThanOrEqualTo(2 * MIB);
    }

    private static int step(
            MemoryCgroup in, SplittableRandom random, CachedPages cached, KmemCache cache, Deque<Long> objects) {
        if (random.nextBoolean()) {
            return cached.add(in, GFP_KERNEL_ACCOUNT | Gfp.__GFP_NORETRY) ? 1 : 0;
        }
        if (objects.size() > 50) {
            cache.free(objects.remove());
        }
        long object = in.call(() -> cache.alloc(GFP_KERNEL | Gfp.__GFP_NORETRY));
        if (object != 0) {
            objects.add(object);
        }
        return object != 0 ? 1 : 0;
    }

    private void change(MemoryCgroup parent, List<MemoryCgroup> current, AtomicBoolean isOver) {
        SplittableRandom random = new SplittableRandom(99);
        for (int made = 3; !isOver.get(); made++) {
            int place = random.nextInt(3);
            MemoryCgroup group = current.get(place);
            group.setLimits(CgroupLimits.ofMax(random.nextLong(20, 300) * PAGE)
                    .withHigh(random.nextLong(10, 300) * PAGE)
                    .withMin(random.nextLong(0, 20) * PAGE)
                    .withLow(random.nextLong(0, 60) * PAGE));
            group.setOomGroup(random.nextBoolean());
            if (random.nextInt(4) == 0) {
                current.set(place, cgroups.create(parent, "g" + made, CgroupLimits.NONE));
                group.remove();
            }
            parent.reclaim(8L * PAGE);
            cgroups.dying();
        }
    }
}
