package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.FaultInjection;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.trace.GuardedTracepoints;
import org.mm4j.api.trace.Tracepoints;

/**
 * What a {@link Vmalloc} is made of. Immutable; the {@code with…} methods return changed copies.
 *
 * @param bytes of virtual addresses, a positive multiple of 4096
 * @param cpus how many CPUs there are: how many trees of areas, and how much waits for a purge, follow from it
 * @param cpu which CPU the calling thread is on
 * @param blockOrderMax frames are taken in blocks of up to this order; 0: one by one, as Linux 6.18 does
 * @param mappingsMax how many mappings of the host it may have; fewer when the process cannot have so many
 * @param namesCallers whether areas note who asked for them, which walks the stack
 * @param log where warnings go
 * @param context what the code that calls is allowed
 * @param trace who is told of addresses that are taken and given back
 * @param faults what is made to fail; null: nothing ever
 */
public record VmallocConfig(
        long bytes,
        int cpus,
        CpuSource cpu,
        int blockOrderMax,
        long mappingsMax,
        boolean namesCallers,
        KernelLog log,
        GfpContext context,
        Tracepoints trace,
        @Nullable VmallocFaults faults) {
    private static final long BYTES_DEFAULT = 1L << 40;

    /**
     * Checked values.
     *
     * @throws IllegalArgumentException when one of them is out of its range
     */
    public VmallocConfig {
        trace = GuardedTracepoints.of(trace);
        check(bytes > 0 && bytes % PAGE_SIZE == 0, "bytes", bytes, "a positive multiple of 4096");
        check(cpus >= 1, "cpus", cpus, "1 or more");
        check(blockOrderMax >= 0 && blockOrderMax <= MAX_PAGE_ORDER, "blockOrderMax", blockOrderMax, "0 to 10");
        check(mappingsMax >= 0, "mappingsMax", mappingsMax, "0 or more");
    }

    /** 1 TiB of addresses for so many CPUs, frames in the largest blocks, and as many mappings as the process can have. */
    public static VmallocConfig of(int cpus) {
        return new VmallocConfig(
                BYTES_DEFAULT,
                cpus,
                CpuSource.BY_THREAD,
                MAX_PAGE_ORDER,
                Long.MAX_VALUE,
                false,
                new KernelLog(),
                GfpContext.PROCESS,
                Tracepoints.NONE,
                null);
    }

    /** The same with more or fewer addresses. */
    public VmallocConfig withBytes(long next) {
        return new VmallocConfig(
                next, cpus, cpu, blockOrderMax, mappingsMax, namesCallers, log, context, trace, faults);
    }

    /** The same with another answer to which CPU a thread is on. */
    public VmallocConfig withCpu(CpuSource next) {
        return new VmallocConfig(
                bytes, cpus, next, blockOrderMax, mappingsMax, namesCallers, log, context, trace, faults);
    }

    /** The same with larger or smaller blocks. */
    public VmallocConfig withBlockOrderMax(int next) {
        return new VmallocConfig(bytes, cpus, cpu, next, mappingsMax, namesCallers, log, context, trace, faults);
    }

    /** The same with another limit of mappings. */
    public VmallocConfig withMappingsMax(long next) {
        return new VmallocConfig(bytes, cpus, cpu, blockOrderMax, next, namesCallers, log, context, trace, faults);
    }

    /** The same with callers noted, or not. */
    public VmallocConfig withNamesCallers(boolean next) {
        return new VmallocConfig(bytes, cpus, cpu, blockOrderMax, mappingsMax, next, log, context, trace, faults);
    }

    /** The same with another log. */
    public VmallocConfig withLog(KernelLog next) {
        return new VmallocConfig(
                bytes, cpus, cpu, blockOrderMax, mappingsMax, namesCallers, next, context, trace, faults);
    }

    /** The same with another judge of what the code that calls is allowed. */
    public VmallocConfig withContext(GfpContext next) {
        return new VmallocConfig(bytes, cpus, cpu, blockOrderMax, mappingsMax, namesCallers, log, next, trace, faults);
    }

    /** The same with somebody who is told. */
    public VmallocConfig withTrace(Tracepoints next) {
        return new VmallocConfig(
                bytes, cpus, cpu, blockOrderMax, mappingsMax, namesCallers, log, context, next, faults);
    }

    /** The same with calls that fail when they are told to; null: without. */
    public VmallocConfig withFaults(@Nullable VmallocFaults next) {
        return new VmallocConfig(bytes, cpus, cpu, blockOrderMax, mappingsMax, namesCallers, log, context, trace, next);
    }

    @Nullable
    FaultInjection trylock() {
        return faults == null ? null : faults.trylock();
    }

    private static void check(boolean isRight, String what, long value, String range) {
        if (!isRight) {
            throw new IllegalArgumentException(what + " is " + range + ", not " + value);
        }
    }
}
