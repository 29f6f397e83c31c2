package org.mm4j.percpu;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PerCpuLayout;
import org.mm4j.api.trace.GuardedTracepoints;
import org.mm4j.api.trace.Tracepoints;

/**
 * What a percpu allocator is made for.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_setup_first_chunk().
 *
 * @param cpus how many CPUs there are, 1 or more
 * @param staticBytes at the start of the first units, never handed out
 * @param reservedBytes behind them, for {@link org.mm4j.api.PerCpuAllocator#allocReservedPercpu}
 * @param dynBytes behind those, for everyone; rounded up
 * @param atomBytes the grain of memory, a multiple of 4096; units of several CPUs share one
 * @param chargesCgroups whether an allocation has 8 bytes for each 4, to note who pays
 * @param log what is warned about
 * @param context what the code around a request leaves of its flags
 * @param trace who is told of areas and chunks
 * @param trylock which attempts to get a lock at once are made to fail; null: none ever
 */
public record PercpuConfig(
        int cpus,
        int staticBytes,
        int reservedBytes,
        int dynBytes,
        int atomBytes,
        boolean chargesCgroups,
        KernelLog log,
        GfpContext context,
        Tracepoints trace,
        @Nullable FaultInjection trylock) {
    private static final int DYN_BYTES_DEFAULT = 28 << 10; // PERCPU_DYNAMIC_RESERVE
    private static final int CGROUP_POINTER_BYTES = 8;

    /**
     * Checked values.
     *
     * @throws IllegalArgumentException when one of them is out of its range, or the units would be too large
     */
    public PercpuConfig {
        trace = GuardedTracepoints.of(trace);
        check(cpus >= 1, "cpus", cpus, "1 or more");
        check(staticBytes >= 0, "staticBytes", staticBytes, "0 or more");
        check(
                reservedBytes >= 0 && reservedBytes % ChunkMap.BYTES_PER_BIT == 0,
                "reservedBytes",
                reservedBytes,
                "a multiple of 4");
        check(dynBytes >= 0, "dynBytes", dynBytes, "0 or more");
        check(atomBytes > 0 && atomBytes % PAGE_SIZE == 0, "atomBytes", atomBytes, "a positive multiple of 4096");
        long unitBytes = UnitSizing.unitBytesMost(staticBytes, reservedBytes, dynBytes, atomBytes);
        check(
                unitBytes <= PcpuHandle.UNIT_BYTES_MAX,
                "the size of a unit",
                unitBytes,
                PcpuHandle.UNIT_BYTES_MAX + " bytes at most");
    }

    /** Units of 32 KiB for so many CPUs, with nothing static or reserved. */
    public static PercpuConfig of(int cpus) {
        return new PercpuConfig(
                cpus,
                0,
                0,
                DYN_BYTES_DEFAULT,
                PAGE_SIZE,
                false,
                new KernelLog(),
                GfpContext.PROCESS,
                Tracepoints.NONE,
                null);
    }

    /** The same with the first units divided otherwise. */
    public PercpuConfig withFirstUnits(int nextStaticBytes, int nextReservedBytes, int nextDynBytes) {
        return new PercpuConfig(
                cpus,
                nextStaticBytes,
                nextReservedBytes,
                nextDynBytes,
                atomBytes,
                chargesCgroups,
                log,
                context,
                trace,
                trylock);
    }

    /** The same with another grain of memory. */
    public PercpuConfig withAtomBytes(int next) {
        return new PercpuConfig(
                cpus, staticBytes, reservedBytes, dynBytes, next, chargesCgroups, log, context, trace, trylock);
    }

    /** The same with cgroups charged, or not. */
    public PercpuConfig withChargesCgroups(boolean next) {
        return new PercpuConfig(
                cpus, staticBytes, reservedBytes, dynBytes, atomBytes, next, log, context, trace, trylock);
    }

    /** The same with another log. */
    public PercpuConfig withLog(KernelLog next) {
        return new PercpuConfig(
                cpus, staticBytes, reservedBytes, dynBytes, atomBytes, chargesCgroups, next, context, trace, trylock);
    }

    /** The same with somebody who knows what the code around a request may do. */
    public PercpuConfig withContext(GfpContext next) {
        return new PercpuConfig(
                cpus, staticBytes, reservedBytes, dynBytes, atomBytes, chargesCgroups, log, next, trace, trylock);
    }

    /** The same with attempts to get a lock that fail when they are told to; null: without. */
    public PercpuConfig withTrylockFaults(@Nullable FaultInjection next) {
        return new PercpuConfig(
                cpus, staticBytes, reservedBytes, dynBytes, atomBytes, chargesCgroups, log, context, trace, next);
    }

    /** The same with somebody who is told of areas and chunks. */
    public PercpuConfig withTrace(Tracepoints next) {
        return new PercpuConfig(
                cpus, staticBytes, reservedBytes, dynBytes, atomBytes, chargesCgroups, log, context, next, trylock);
    }

    /** How much an allocation costs that is {@code bytes} large. See {@link ChunkAllocator#bytesAllocated}. */
    long bytesAllocated(long bytes) {
        long rounded = AreaRequest.roundedSize(bytes);
        long pointers = chargesCgroups ? rounded / ChunkMap.BYTES_PER_BIT : 0;
        return rounded * cpus + pointers * CGROUP_POINTER_BYTES;
    }

    /** The sizes that follow. */
    PerCpuLayout layout() {
        return UnitSizing.layout(cpus, staticBytes, reservedBytes, dynBytes, atomBytes);
    }

    private static void check(boolean isRight, String what, long value, String range) {
        if (!isRight) {
            throw new IllegalArgumentException(what + " is " + range + ", not " + value);
        }
    }
}
