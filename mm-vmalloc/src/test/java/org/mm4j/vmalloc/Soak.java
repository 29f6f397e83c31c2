package org.mm4j.vmalloc;

import static org.mm4j.api.VirtualAllocator.NONE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.mm4j.api.Gfp;

/**
 * One thread of many that share a table of areas: it takes one out, checks that all pages still hold its address, and
 * frees it, resizes it, or puts another in. An area that two threads had, or whose frames somebody else got, shows.
 */
final class Soak implements Callable<Long> {
    private static final int SLOTS = 256;

    private final Machine machine;
    private final AtomicReferenceArray<Area> slots;
    private final Random random;
    private final long operations;

    /** An area, and how many pages it has. */
    record Area(long address, int pages) {}

    Soak(Machine machine, AtomicReferenceArray<Area> slots, long seed, long operations) {
        this.machine = machine;
        this.slots = slots;
        this.random = new Random(seed);
        this.operations = operations;
    }

    static AtomicReferenceArray<Area> slots() {
        return new AtomicReferenceArray<>(SLOTS);
    }

    /** How many areas were taken. */
    @Override
    public Long call() {
        long taken = 0;
        for (long operation = 0; operation < operations; operation++) {
            int slot = random.nextInt(SLOTS);
            Area area = slots.getAndSet(slot, null);
            if (area == null) {
                area = take();
                taken += area == null ? 0 : 1;
            } else {
                check(area);
                area = random.nextInt(8) == 0 ? resize(area) : free(area);
            }
            Area other = area == null ? null : slots.getAndSet(slot, area);
            if (other != null) {
                check(other);
                machine.vmalloc.vfree(other.address);
            }
        }
        return taken;
    }

    private Area take() {
        int pages = 1 + random.nextInt(random.nextInt(16) == 0 ? 40 : 4);
        int gfp = random.nextInt(4) == 0 ? Gfp.GFP_NOWAIT : Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
        long address = machine.vmalloc.vmallocWith(pages * PAGE, gfp);
        return address == NONE ? null : marked(new Area(address, pages));
    }

    private Area resize(Area area) {
        int pages = 1 + random.nextInt(8);
        long address = machine.vmalloc.vrealloc(area.address, pages * PAGE, Gfp.GFP_KERNEL);
        return marked(address == NONE ? area : new Area(address, pages));
    }

    private Area free(Area area) {
        if (random.nextInt(4) == 0) {
            machine.vmalloc.vfreeAtomic(area.address);
        } else {
            machine.vmalloc.vfree(area.address);
        }
        return null;
    }

    private Area marked(Area area) {
        MemorySegment map = machine.memory.directMap();
        for (int page = 0; page < area.pages; page++) {
            map.set(ValueLayout.JAVA_LONG, frame(area, page) * PAGE, area.address + page);
        }
        return area;
    }

    /** By the direct map; now and then by the segments, which is the processor's own way. */
    private void check(Area area) {
        MemorySegment map = machine.memory.directMap();
        for (int page = 0; page < area.pages; page++) {
            expect(map.get(ValueLayout.JAVA_LONG, frame(area, page) * PAGE), area, page);
        }
        if (random.nextInt(16) == 0) {
            int page = 0;
            for (MemorySegment segment : machine.vmalloc.segments(area.address)) {
                for (long at = 0; at < segment.byteSize(); at += PAGE) {
                    expect(segment.get(ValueLayout.JAVA_LONG, at), area, page++);
                }
            }
        }
    }

    private long frame(Area area, int page) {
        long pfn = machine.vmalloc.vmallocToPfn(area.address + page * PAGE);
        if (pfn == 0) {
            throw new AssertionError("nothing lies behind page " + page + " of " + area);
        }
        return pfn;
    }

    private static void expect(long found, Area area, int page) {
        if (found != area.address + page) {
            throw new AssertionError("page " + page + " of " + area + " holds 0x" + Long.toHexString(found));
        }
    }
}
