package org.mm4j.lab.replay;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;

/** One thread's part of a round: the steps of every {@code threads}-th recorded CPU, in the order of the trace. */
final class ReplayWorker {
    /** One call in so many is timed; a prime, so that it is not always the same one of a repeated pattern. */
    private static final int TIMED_EVERY = 17;

    private static final int SPINS = 64;
    private static final int YIELDS = 64;
    private static final long PARK_NANOS = 50_000;

    private final ReplayPlan plan;
    private final PageAllocator pages;
    private final PerCpuAllocator percpu;
    private final ObjectTarget objects;
    private final ReplayCaches caches;
    private final ReplayVmaps vmaps;
    private final BlockTable table;
    private final int thread;
    private final int threads;
    private final BooleanSupplier isStopped;
    private final Latencies latencies = new Latencies();
    private int untimed;
    private long pagesLive;
    private long allocationsFailed;
    private long requestsRefused;

    ReplayWorker(
            ReplayPlan plan,
            ReplayTarget target,
            ReplayCaches caches,
            ReplayVmaps vmaps,
            BlockTable table,
            int thread,
            int threads,
            BooleanSupplier isStopped) {
        this.plan = plan;
        this.pages = target.pages();
        this.percpu = target.percpu();
        this.objects = target.objects();
        this.caches = caches;
        this.vmaps = vmaps;
        this.table = table;
        this.thread = thread;
        this.threads = threads;
        this.isStopped = isStopped;
    }

    /** Carries this thread's steps out, of those from {@code from} to before {@code to}. */
    void apply(int from, int to) {
        for (int step = from; step < to; step++) {
            long op = plan.op(step);
            if (threads == 1 || PlanOp.cpu(op) % threads == thread) {
                apply(op, plan.block(step));
            }
        }
    }

    /** Pages that this thread took, less those that it gave back. */
    long pagesLive() {
        return pagesLive;
    }

    long allocationsFailed() {
        return allocationsFailed;
    }

    long requestsRefused() {
        return requestsRefused;
    }

    Latencies latencies() {
        return latencies;
    }

    private void apply(long op, int block) {
        switch (PlanOp.kind(op)) {
            case PlanOp.ALLOC -> alloc(op, block);
            case PlanOp.FREE -> free(op, block);
            case PlanOp.PERCPU_ALLOC -> percpuAlloc(op, block);
            case PlanOp.PERCPU_FREE -> percpuFree(block);
            case PlanOp.OBJECT_ALLOC -> objectAlloc(PlanOp.request(op), block);
            case PlanOp.KFREE -> objectFree(null, block);
            case PlanOp.CACHE_FREE -> objectFree(caches.cache(PlanOp.request(op)), block);
            case PlanOp.VMAP_ALLOC -> vmapAlloc(PlanOp.request(op), block);
            case PlanOp.VMAP_FREE -> vmapFree(block);
            case PlanOp.VMAP_PURGE -> vmaps.purge();
            case PlanOp.NOTHING -> {}
            default -> split(op, block);
        }
    }

    private void alloc(long op, int block) {
        int order = PlanOp.order(op);
        boolean timed = isTimed();
        long start = timed ? System.nanoTime() : 0;
        long pfn = allocPages(PlanOp.gfp(op), order);
        if (timed) {
            latencies.recordAlloc(System.nanoTime() - start);
        }
        pagesLive += pfn == BlockTable.FAILED ? 0 : PageFrame.pages(order);
        table.setPfnRelease(block, pfn); // [replay.R1]
    }

    private long allocPages(int gfp, int order) {
        try {
            long pfn = pages.allocPages(gfp, order);
            if (pfn != PageFrame.NONE) {
                return pfn;
            }
            allocationsFailed++;
        } catch (BadGfpException e) {
            requestsRefused++;
        }
        return BlockTable.FAILED;
    }

    private void free(long op, int block) {
        long pfn = awaitPfn(block);
        if (pfn == BlockTable.FAILED) {
            return;
        }
        int order = PlanOp.order(op);
        boolean timed = isTimed();
        long start = timed ? System.nanoTime() : 0;
        pages.freePages(pfn, order);
        if (timed) {
            latencies.recordFree(System.nanoTime() - start);
        }
        pagesLive -= PageFrame.pages(order);
    }

    private void split(long op, int block) {
        long pfn = awaitPfn(block);
        int order = PlanOp.order(op);
        int newOrder = PlanOp.newOrder(op);
        if (pfn != BlockTable.FAILED && PlanOp.kind(op) == PlanOp.SPLIT_COMPOUND) {
            pages.splitCompound(pfn, newOrder);
        } else if (pfn != BlockTable.FAILED) {
            pages.splitPage(pfn, order);
        }
        int pieces = 1 << (order - newOrder);
        for (int piece = 0; piece < pieces; piece++) {
            long piecePfn = pfn == BlockTable.FAILED ? pfn : pfn + ((long) piece << newOrder);
            table.setPfnRelease(PlanOp.firstPiece(op) + piece, piecePfn); // [replay.R1]
        }
    }

    private void percpuAlloc(long op, int block) {
        int gfp = PlanOp.isAtomic(op) ? Gfp.GFP_NOWAIT : Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
        long handle = percpu.allocPercpu(PlanOp.areaBytes(op), PlanOp.areaAlign(op), gfp);
        allocationsFailed += handle == PerCpuAllocator.NONE ? 1 : 0;
        table.setPfnRelease(block, handle == PerCpuAllocator.NONE ? BlockTable.FAILED : handle); // [replay.R1]
    }

    private void percpuFree(int block) {
        long handle = awaitPfn(block);
        if (handle != BlockTable.FAILED) {
            percpu.freePercpu(handle);
        }
    }

    private void vmapAlloc(int number, int block) {
        long start = vmaps.alloc(number);
        allocationsFailed += start == 0 ? 1 : 0;
        table.setPfnRelease(block, start == 0 ? BlockTable.FAILED : start); // [replay.R1]
    }

    private void vmapFree(int block) {
        long start = awaitPfn(block);
        if (start != BlockTable.FAILED) {
            vmaps.free(start);
        }
    }

    private void objectAlloc(int number, int block) {
        ObjectRequest request = caches.request(number);
        ObjectTarget.Cache cache = caches.cache(number);
        boolean timed = isTimed();
        long start = timed ? System.nanoTime() : 0;
        long object = cache == null ? objects.kmalloc(request.bytes(), request.gfp()) : cache.alloc(request.gfp());
        if (timed) {
            latencies.recordAlloc(System.nanoTime() - start);
        }
        allocationsFailed += object == 0 ? 1 : 0;
        table.setPfnRelease(block, object == 0 ? BlockTable.FAILED : object); // [replay.R1]
    }

    private void objectFree(ObjectTarget.@Nullable Cache cache, int block) {
        long object = awaitPfn(block);
        if (object == BlockTable.FAILED) {
            return;
        }
        boolean timed = isTimed();
        long start = timed ? System.nanoTime() : 0;
        if (cache == null) {
            objects.kfree(object);
        } else {
            cache.free(object);
        }
        if (timed) {
            latencies.recordFree(System.nanoTime() - start);
        }
    }

    private boolean isTimed() {
        untimed = untimed == 0 ? TIMED_EVERY - 1 : untimed - 1;
        return untimed == 0;
    }

    private long awaitPfn(int block) {
        long pfn = table.pfnAcquire(block); // [replay.A1]
        return pfn != BlockTable.PENDING ? pfn : awaitPfnSlow(block);
    }

    /** Another thread has not allocated the block yet. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding lets that thread go on where there are few processors
    private long awaitPfnSlow(int block) {
        for (int attempt = 0; ; attempt++) {
            long pfn = table.pfnAcquire(block); // [replay.A1]
            if (pfn != BlockTable.PENDING) {
                return pfn;
            }
            if (isStopped.getAsBoolean()) {
                throw new ReplayStopped();
            }
            if (attempt < SPINS) {
                Thread.onSpinWait();
            } else if (attempt < SPINS + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(this, PARK_NANOS);
            }
        }
    }
}
