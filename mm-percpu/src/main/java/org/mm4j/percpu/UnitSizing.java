package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuLayout;

/**
 * How large a unit is: it holds what the first units hold, and at least 32 KiB; where memory comes in a coarser grain,
 * it fills its share of a grain.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_build_alloc_info(). Differs: all CPUs are of one node.
 */
final class UnitSizing {
    /** PCPU_MIN_UNIT_SIZE. */
    static final int UNIT_BYTES_MIN = 32 << 10;

    /** PERCPU_DYNAMIC_EARLY_SIZE. */
    private static final int DYN_BYTES_MIN = 20 << 10;

    private UnitSizing() {}

    static PerCpuLayout layout(int cpus, int staticBytes, int reservedBytes, int dynBytes, int atomBytes) {
        int firstBytes = (int) firstBytes(staticBytes, reservedBytes, dynBytes);
        int unitBytesMin = Math.max(firstBytes, UNIT_BYTES_MIN);
        int allocBytes = (int) unitBytesMost(staticBytes, reservedBytes, dynBytes, atomBytes);
        int unitBytes = allocBytes / unitsPerAlloc(cpus, allocBytes, unitBytesMin);
        return new PerCpuLayout(
                unitBytes, staticBytes, reservedBytes, firstBytes - staticBytes - reservedBytes, atomBytes, allocBytes);
    }

    /** The size of a unit that shares its memory with no other one. */
    static long unitBytesMost(int staticBytes, int reservedBytes, int dynBytes, int atomBytes) {
        long bytes = Math.max(firstBytes(staticBytes, reservedBytes, dynBytes), UNIT_BYTES_MIN);
        return (bytes + atomBytes - 1) / atomBytes * atomBytes;
    }

    /** Bytes of the first units: what is static, reserved and for everyone, in whole pages. */
    private static long firstBytes(int staticBytes, int reservedBytes, int dynBytes) {
        long bytes = (long) staticBytes + reservedBytes + Math.max(dynBytes, DYN_BYTES_MIN);
        return PageFrame.pagesFor(bytes) << PAGE_SHIFT;
    }

    /** The fewest pieces of memory, of which no more than a third of the CPUs' units may be of nobody. */
    private static int unitsPerAlloc(int cpus, int allocBytes, int unitBytesMin) {
        int best = 1;
        int allocsBest = Integer.MAX_VALUE;
        for (int units = allocBytes / unitBytesMin; units > 0; units--) {
            boolean isInPages = allocBytes % units == 0 && allocBytes / units % PAGE_SIZE == 0;
            int allocs = (cpus + units - 1) / units;
            if (isInPages && allocs * units - cpus <= cpus / 3) {
                if (allocs > allocsBest) {
                    break;
                }
                allocsBest = allocs;
                best = units;
            }
        }
        return best;
    }
}
