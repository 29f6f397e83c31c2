package org.mm4j.kernel.memcg;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongUnaryOperator;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.MemoryAccounting.Kind;
import org.mm4j.api.MemoryAccounting.Payer;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.api.PerCpuStats;

/**
 * A percpu allocator whose {@code __GFP_ACCOUNT} requests are charged, in front of another one.
 *
 * <p>For all threads. In Linux 6.18: mm/percpu.c, pcpu_memcg_pre_alloc_hook(), pcpu_memcg_free_hook(). Differs: who pays
 * stands in a map by handle, not beside each chunk's bitmap.
 */
final class ChargedPercpu implements PerCpuAllocator {
    private final PerCpuAllocator behind;
    private final LongUnaryOperator bytesAllocated;
    private final MemoryCgroups cgroups;
    private final GfpContext context;
    private final Map<Long, Charge> charges = new ConcurrentHashMap<>();

    private record Charge(Payer payer, long bytes) {
        void giveBack() {
            payer.uncharge(Kind.PERCPU, bytes);
        }
    }

    ChargedPercpu(PerCpuAllocator behind, LongUnaryOperator bytesAllocated, MemoryCgroups cgroups, GfpContext context) {
        this.behind = behind;
        this.bytesAllocated = bytesAllocated;
        this.cgroups = cgroups;
        this.context = context;
    }

    @Override
    public long allocPercpu(long size, long align, int gfp) {
        boolean isLegal = size > 0 && size <= Integer.MAX_VALUE; // all others are refused behind
        Payer payer = isLegal && (gfp & Gfp.__GFP_ACCOUNT) != 0 ? cgroups.payer() : null;
        return payer == null ? behind.allocPercpu(size, align, gfp) : allocCharged(payer, size, align, gfp);
    }

    private long allocCharged(Payer payer, long size, long align, int gfp) {
        Charge charge = new Charge(payer, bytesAllocated.applyAsLong(size));
        if (!payer.tryCharge(Kind.PERCPU, charge.bytes, context.effective(gfp))) {
            return NONE;
        }
        long handle = NONE;
        boolean isNoted = false;
        try {
            handle = behind.allocPercpu(size, align, gfp & ~Gfp.__GFP_ACCOUNT); // the pages are nobody's
            if (handle != NONE) {
                charges.put(handle, charge);
                isNoted = true;
            }
        } finally {
            if (!isNoted) {
                behind.freePercpu(handle); // the Java heap is full, or there is nothing to free
                charge.giveBack();
            }
        }
        return handle;
    }

    @Override
    public long allocReservedPercpu(long size, long align) {
        return behind.allocReservedPercpu(size, align);
    }

    @Override
    public void freePercpu(long handle) {
        Charge charge = charges.remove(handle);
        boolean isFreed = false;
        try {
            behind.freePercpu(handle);
            isFreed = true;
        } finally {
            if (charge != null) {
                if (isFreed) {
                    charge.giveBack();
                } else {
                    charges.put(handle, charge);
                }
            }
        }
    }

    @Override
    public int cpus() {
        return behind.cpus();
    }

    @Override
    public long address(long handle, int cpu) {
        return behind.address(handle, cpu);
    }

    @Override
    public MemorySegment segment(long handle, int cpu, long size) {
        return behind.segment(handle, cpu, size);
    }

    @Override
    public PerCpuStats stats() {
        return behind.stats();
    }
}
