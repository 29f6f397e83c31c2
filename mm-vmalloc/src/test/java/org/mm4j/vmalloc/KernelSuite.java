package org.mm4j.vmalloc;

import static org.mm4j.api.VirtualAllocator.NONE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Random;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;

/**
 * The tests of a kernel's vmalloc test module, each for one thread of many.
 *
 * <p>In Linux 6.18: lib/test_vmalloc.c.
 */
enum KernelSuite {
    V1_FIX_SIZE {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            for (int loop = 0; loop < loops; loop++) {
                long p = random.nextBoolean()
                        ? machine.vmalloc.vmallocHuge(4 * PAGE, Gfp.GFP_KERNEL)
                        : machine.vmalloc.vmalloc(4 * PAGE);
                if (!touchAndFree(machine, p)) {
                    return false;
                }
            }
            return true;
        }
    },
    V2_FULL_FIT {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            ArrayDeque<Long> kept = new ArrayDeque<>();
            ArrayDeque<Long> holes = new ArrayDeque<>();
            for (int pair = 0; pair < loops; pair++) {
                kept.add(machine.vmalloc.vmalloc(PAGE));
                holes.add(machine.vmalloc.vmalloc(PAGE));
            }
            holes.forEach(machine.vmalloc::vfree);
            boolean passes = !kept.contains(NONE);
            for (int loop = 0; loop < loops; loop++) {
                passes &= touchAndFree(machine, machine.vmalloc.vmalloc(PAGE));
            }
            kept.forEach(machine.vmalloc::vfree);
            return passes;
        }
    },
    V3_LONG_BUSY_LIST {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            ArrayDeque<Long> kept = new ArrayDeque<>();
            for (int area = 0; area < loops; area++) {
                kept.add(machine.vmalloc.vmalloc(PAGE));
            }
            boolean passes = !kept.contains(NONE);
            for (int loop = 0; loop < loops / 10; loop++) {
                passes &= touchAndFree(machine, machine.vmalloc.vmalloc(100 * PAGE));
                passes &= touchAndFree(machine, machine.vmalloc.vmalloc(PAGE));
            }
            kept.forEach(machine.vmalloc::vfree);
            return passes;
        }
    },
    V4_RANDOM_SIZE {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            boolean passes = true;
            for (int loop = 0; loop < loops; loop++) {
                passes &= touchAndFree(machine, machine.vmalloc.vmalloc((1 + random.nextInt(100)) * PAGE));
            }
            return passes;
        }
    },
    V5_FIX_ALIGN {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            boolean passes = true;
            for (int loop = 0; loop < loops; loop++) {
                passes &= aligned(machine, 5 * PAGE, 4 * PAGE);
            }
            return passes;
        }
    },
    V6_RANDOM_SIZE_ALIGN {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            boolean passes = true;
            for (int loop = 0; loop < loops; loop++) {
                passes &= aligned(machine, (1 + random.nextInt(10)) * PAGE, 1L << random.nextInt(23));
            }
            return passes;
        }
    },
    V7_ALIGN_SHIFT {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            for (int shift = 0; shift < 64; shift++) {
                long p = machine.vmalloc.vmallocAligned(
                        PAGE, 1L << shift, Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, PageAllocator.NO_NODE);
                if (p == NONE ? shift < 20 : !touchAndFree(machine, p)) {
                    return false;
                }
            }
            return true;
        }
    },
    V9_DEFERRED {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            for (int loop = 0; loop < loops; loop++) {
                long p = machine.vmalloc.vmalloc(PAGE);
                if (p == NONE) {
                    return false;
                }
                machine.vmalloc.vfreeAtomic(p);
            }
            return true;
        }
    },
    V11_VM_MAP_RAM {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            long[] pfns = new long[1 + random.nextInt(80)];
            int got = machine.buddy.allocPagesBulk(Gfp.GFP_KERNEL, 0, pfns);
            pfns = java.util.Arrays.copyOf(pfns, got);
            boolean passes = got > 0;
            for (int loop = 0; loop < loops && passes; loop++) {
                long p = machine.vmalloc.vmMapRam(pfns, PageAllocator.NO_NODE);
                passes = p != NONE && machine.vmalloc.vmallocToPfn(p + (got - 1) * PAGE) == pfns[got - 1];
                machine.vmalloc.vmUnmapRam(p, got);
            }
            for (long pfn : pfns) {
                machine.buddy.freePages(pfn, 0);
            }
            return passes;
        }
    },
    V12_NO_BLOCK {
        @Override
        boolean run(Machine machine, Random random, int loops) {
            for (int loop = 0; loop < loops; loop++) {
                int gfp = random.nextBoolean() ? Gfp.GFP_ATOMIC : Gfp.GFP_NOWAIT;
                long p = machine.vmalloc.vmallocWith((1 + random.nextInt(10)) * PAGE, gfp | Gfp.__GFP_NOWARN);
                if (p != NONE && !touchAndFree(machine, p)) {
                    return false;
                }
            }
            return true;
        }
    };

    /** One round; false: it failed. */
    abstract boolean run(Machine machine, Random random, int loops);

    private static boolean aligned(Machine machine, long bytes, long align) {
        long p = machine.vmalloc.vmallocAligned(bytes, align, Gfp.GFP_KERNEL, PageAllocator.NO_NODE);
        return (p & (align - 1)) == 0 && touchAndFree(machine, p);
    }

    /** Writes into the first and the last page through the direct map, and reads it back by segments now and then. */
    static boolean touchAndFree(Machine machine, long p) {
        if (p == NONE) {
            return false;
        }
        long pfn = machine.vmalloc.vmallocToPfn(p);
        MemorySegment map = machine.memory.directMap();
        map.set(ValueLayout.JAVA_LONG, pfn * PAGE, p);
        boolean passes = pfn != 0;
        if (pfn % 8 == 0) {
            passes &= machine.vmalloc.segments(p).getFirst().get(ValueLayout.JAVA_LONG, 0) == p;
        }
        passes &= map.get(ValueLayout.JAVA_LONG, pfn * PAGE) == p;
        machine.vmalloc.vfree(p);
        return passes;
    }
}
