package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;
import org.mm4j.api.FreeBlocks;
import org.mm4j.api.MigrateType;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;

/** Many users on one allocator, watched while they work: no check may raise a false alarm, and nothing may be lost. */
final class Storm {
    final BuddyAllocator pages;
    final OwnedFrames owned;
    final MovableCache cache;
    final Queue<StormUser.Held> handedOver = new MpmcVarHandleArrayQueue<>(64);
    private final SplittableRandom random;

    Storm(BuddyConfig config, long seed) {
        pages = new BuddyAllocator(config);
        owned = new OwnedFrames(pages.zones().map());
        cache = new MovableCache(pages, owned);
        random = new SplittableRandom(seed);
    }

    void run(ThreadFactory threads, int users, int steps) throws InterruptedException {
        List<FreeBlocks> boot = zones().map(ZoneSnapshot::freeBlocks).toList();
        List<StormUser> crowd = Stream.generate(() -> new StormUser(this, random.split(), steps))
                .limit(users)
                .toList();
        Crowd.run(threads, crowd, this::watch);
        StormUser.Held left = handedOver.poll();
        while (left != null) {
            crowd.getFirst().give(left);
            left = handedOver.poll();
        }
        while (cache.removeAny()) {
            Thread.onSpinWait();
        }
        checkAllIsFree(boot);
    }

    private void watch(List<Thread> crowd) {
        assertThat(pages.validate()).isEmpty();
        zones().forEach(zone -> assertThat(pagesOnLists(zone))
                .as("free pages on the lists of zone %s", zone.type())
                .isEqualTo(zone.pagesFree()));
        crowd.get(random.nextInt(crowd.size())).interrupt();
    }

    private static long pagesOnLists(ZoneSnapshot zone) {
        long pages = zone.freeBlocks().pages();
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            pages -= zone.freeBlocks().blocks(order, MigrateType.ISOLATE) << order;
        }
        return pages;
    }

    private void checkAllIsFree(List<FreeBlocks> boot) {
        assertThat(pages.validate()).isEmpty();
        assertThat(zones()).allMatch(zone -> zone.pagesFree() == zone.pagesManaged(), "all pages are free");
        assertThat(zones().map(zone -> zone.freeBlocks().toString()))
                .as("blocks by order")
                .isEqualTo(boot.stream().map(FreeBlocks::toString).toList());
    }

    private Stream<ZoneSnapshot> zones() {
        return pages.snapshot().stream().map(NodeSnapshot::zones).flatMap(List::stream);
    }
}
