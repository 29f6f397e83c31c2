package org.mm4j.kernel.arena;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;

/**
 * The arenas of a kernel.
 *
 * <pre>
 *    slot of a CPU ---&gt; batch, open        [a][b][ ][ ]     joins here    one scope of the JDK, and chunks
 *                       batches, sealed    [a][ ][c]        nobody joins  until the last one leaves
 *                                             |
 *                                             '--- over: the scope ends, and the chunks go back
 * </pre>
 *
 * <p>Any thread may call it.
 */
public final class KernelArenas {
    private static final long BYTES_MIN = 256 << 10;
    private static final long BYTES_MAX = 4 << 20;

    private final ChunkSource source;
    private final ArenaOptions options;
    private final LongSupplier nanos;
    private final BatchSlots shared;
    private final BatchSlots confined;
    private final long bytesMax;

    /** All batches that have not ended. */
    private final Set<ScopeBatch> batches = ConcurrentHashMap.newKeySet();

    /** When a scope was last ended because nobody was open. Racy. */
    private volatile long lastEndNanos;

    private volatile boolean isClosed;

    /**
     * No arenas yet.
     *
     * @param bytesOfMemory of the kernel; an open arena can keep 1/256 of it from being used again
     * @param nanos a clock
     */
    public KernelArenas(
            ChunkSource source, ArenaOptions options, int cpus, CpuSource cpu, long bytesOfMemory, LongSupplier nanos) {
        this.source = source;
        this.options = options;
        this.nanos = nanos;
        bytesMax = Math.clamp(bytesOfMemory / 256, BYTES_MIN, BYTES_MAX);
        shared = new BatchSlots(cpus, cpu, () -> newBatch(false), this::end);
        confined = new BatchSlots(cpus, cpu, () -> newBatch(true), this::end);
        lastEndNanos = nanos.getAsLong() - options.restNanos() - 1;
    }

    private ScopeBatch newBatch(boolean isConfined) {
        int places = isConfined ? ArenaOptions.DEFAULT.arenasPerScope() : options.arenasPerScope();
        ScopeBatch batch = new ScopeBatch(places, source, bytesMax, isConfined);
        batches.add(batch);
        return batch;
    }

    /**
     * Opens an arena for any thread.
     *
     * @param label for reports
     * @throws IllegalStateException when the kernel is closed
     */
    public KernelArena openShared(String label) {
        return shared.join((batch, place) -> named(batch, place, new SharedArena(this, batch, place, label)));
    }

    /**
     * Opens an arena for the calling thread. The kernel cannot close before it, unless the thread has ended: then closing
     * gives its memory back, and reports it.
     *
     * @param label for reports
     * @throws IllegalStateException when the kernel is closed
     */
    public KernelArena openConfined(String label) {
        return confined.join((batch, place) -> named(batch, place, new ConfinedArena(this, batch, place, label)));
    }

    private KernelArena named(ScopeBatch batch, int place, KernelArena arena) {
        batch.members().name(place, arena);
        if (isClosed) {
            throw new IllegalStateException("the kernel is closed");
        }
        return arena;
    }

    /** A shared arena is closed. */
    void left(ScopeBatch batch, int place) {
        if (batch.members().leave(place)) {
            end(batch);
        } else if (batch.members().isIdle() && isRested() && batch.members().trySealIdle()) {
            lastEndNanos = nanos.getAsLong();
            end(batch);
        }
    }

    /** A confined arena is closed. */
    void leftConfined(ScopeBatch batch, int place) {
        if (batch.members().leave(place)) {
            end(batch);
        }
    }

    private boolean isRested() {
        return nanos.getAsLong() - lastEndNanos > options.restNanos();
    }

    /** Where a native call uses a segment, the batch waits for {@link #trim}. */
    private void end(ScopeBatch batch) {
        if (batch.end()) {
            batches.remove(batch);
        }
    }

    /**
     * Ends the scopes of closed arenas that others could still share, so that their memory can be used by all.
     *
     * @return how many bytes that are
     */
    public long trim() {
        long before = bytesHeld();
        for (ScopeBatch batch : batches) {
            boolean isOver = batch.members().trySealIdle() || batch.members().isOver();
            if (isOver) {
                end(batch);
            }
        }
        return Math.max(0, before - bytesHeld());
    }

    /** Arenas that are open. Racy. */
    public long open() {
        return batches.stream().mapToLong(batch -> batch.members().open()).sum();
    }

    /** Bytes of the chunks that arenas share, whether in use or waiting for the end of their scope. Racy. */
    public long bytesHeld() {
        return batches.stream().mapToLong(ScopeBatch::bytesHeld).sum();
    }

    /** The arenas that are open. Racy. */
    public List<KernelArena> live() {
        List<KernelArena> live = new ArrayList<>();
        batches.forEach(batch -> live.addAll(batch.members().live()));
        return live;
    }

    /**
     * Who has a chunk that begins from one address to another, in words. Racy.
     *
     * @return empty when nobody has
     */
    public String holder(long start, long end) {
        for (ScopeBatch batch : batches) {
            List<KernelArena> live = batch.members().live();
            for (KernelArena arena : live) {
                if (arena.hasChunkWithin(start, end)) {
                    return arena.toString();
                }
            }
            if (batch.hasChunkWithin(start, end)) {
                return live.isEmpty() ? "closed arenas, until trim()" : shared(live);
            }
        }
        return "";
    }

    private static String shared(List<KernelArena> live) {
        return live.getFirst() + (live.size() == 1 ? "" : " and " + (live.size() - 1) + " more, which share a scope");
    }

    /**
     * Where an arena was opened.
     *
     * @return null unless {@link ArenaOptions#tracksOwners()}
     */
    public @Nullable Throwable opener(KernelArena arena) {
        return arena.opener();
    }

    /**
     * Ends all shared arenas, those that are open too, and the confined ones whose threads have ended.
     *
     * @return a sentence for each that was open
     * @throws IllegalStateException when confined arenas of living threads are open, or a native call or a channel uses a segment: close again
     *     later
     */
    public List<String> close() {
        isClosed = true;
        VarHandle.fullFence(); // who joins now sees it, or is seen
        boolean isDone = false;
        try {
            refuseConfined();
            List<KernelArena> live = live();
            live.forEach(KernelArenas::endWithKernel);
            batches.forEach(this::endWithKernel);
            isDone = true;
            return live.stream().map(arena -> arena + " was open").toList();
        } finally {
            isClosed = isDone;
        }
    }

    private void refuseConfined() {
        List<KernelArena> open = new ArrayList<>();
        long count = 0;
        for (ScopeBatch batch : batches) {
            if (batch.isConfined()) {
                List<KernelArena> live = batch.members().live();
                count += batch.members().open();
                for (KernelArena arena : live) {
                    if (arena instanceof ConfinedArena confined && confined.isOrphaned()) {
                        count--;
                    } else {
                        open.add(arena);
                    }
                }
            }
        }
        if (count > 0) {
            throw new IllegalStateException("the kernel cannot close before " + count
                    + " confined arenas, whose segments nobody else can end: " + open);
        }
    }

    private static void endWithKernel(KernelArena arena) {
        switch (arena) {
            case SharedArena open -> open.endWithKernel();
            case ConfinedArena orphan -> orphan.closeOrphan();
        }
    }

    private void endWithKernel(ScopeBatch batch) {
        batch.members().seal();
        if (!batch.end()) {
            throw new IllegalStateException(
                    "the kernel cannot close while a native call or a channel uses a segment of an arena");
        }
        batches.remove(batch);
    }

    ArenaOptions options() {
        return options;
    }

    ChunkSource source() {
        return source;
    }

    /** Up to here, pieces are cut from shared chunks. */
    long bytesSmall() {
        return bytesMax / 16;
    }
}
