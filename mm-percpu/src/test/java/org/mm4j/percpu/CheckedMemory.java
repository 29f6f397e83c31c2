package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.LockRank;

/**
 * Memory for units that notes who breaks the rules of {@link PercpuMemory}, and fails when it is told so: as there are
 * not enough pages, or by throwing.
 */
final class CheckedMemory implements PercpuMemory {
    final List<String> complaints = new CopyOnWriteArrayList<>();
    private final PercpuMemory memory;
    private final AtomicLong live = new AtomicLong();
    private final AtomicLong populatedPages = new AtomicLong();

    /** How many calls that take pages go well before one fails; negative: all of them. */
    volatile int failAfter = -1;

    /** Whether all that follow fail too. */
    volatile boolean failsOn;

    volatile boolean failsByThrowing;

    /** The same for those that zero, or give pages back: they throw. */
    volatile int throwAfter = -1;

    /** Runs while pages are taken. */
    volatile Runnable whilePopulating = () -> {};

    volatile int calls;

    CheckedMemory(PercpuMemory memory) {
        this.memory = memory;
    }

    long live() {
        return live.get();
    }

    long pagesPopulated() {
        return populatedPages.get();
    }

    private boolean fails() {
        checkLocks("takes pages");
        calls++;
        if (failAfter < 0 || failAfter-- > 0) {
            return false;
        }
        failAfter = failsOn ? 0 : -1;
        if (failsByThrowing) {
            throw new IllegalStateException("told to fail");
        }
        return true;
    }

    private void mayThrow() {
        if (throwAfter >= 0 && throwAfter-- == 0) {
            throw new IllegalStateException("told to throw");
        }
    }

    private void checkLocks(String who) {
        if (LockRank.PERCPU.isHeld()) {
            complaints.add(who + " under the lock");
        }
    }

    @Override
    public @Nullable Units reserve(int cpus, int bytes, int gfp) {
        Units units = fails() ? null : memory.reserve(cpus, bytes, gfp);
        return units == null ? null : new CheckedUnits(units, cpus, bytes);
    }

    private final class CheckedUnits implements Units {
        private final Units units;
        private final int cpus;
        private final Bitmap populated;
        private final int pages;
        private boolean released;

        CheckedUnits(Units units, int cpus, int bytes) {
            this.units = units;
            this.cpus = cpus;
            pages = bytes >>> 12;
            populated = new Bitmap(pages);
            live.incrementAndGet();
        }

        @Override
        public long address(int cpu) {
            return units.address(cpu);
        }

        @Override
        public MemorySegment segment(int cpu) {
            return units.segment(cpu);
        }

        @Override
        public boolean populate(int firstPage, int endPage, int gfp) {
            whilePopulating.run();
            if (fails()) {
                return false;
            }
            synchronized (this) {
                if (populated.nextSet(firstPage, endPage) != endPage) {
                    complaints.add("populates twice: " + firstPage + " to " + endPage);
                }
                populated.set(firstPage, endPage);
            }
            populatedPages.addAndGet((long) (endPage - firstPage) * cpus);
            return units.populate(firstPage, endPage, gfp);
        }

        @Override
        public void depopulate(int firstPage, int endPage) {
            checkLocks("depopulates");
            mayThrow();
            synchronized (this) {
                if (populated.nextClear(firstPage, endPage) != endPage) {
                    complaints.add("depopulates what is not populated: " + firstPage + " to " + endPage);
                }
                populated.clear(firstPage, endPage);
            }
            populatedPages.addAndGet((long) (firstPage - endPage) * cpus);
            units.depopulate(firstPage, endPage);
        }

        @Override
        public void zero(int offset, int bytes) {
            checkLocks("zeroes");
            mayThrow();
            synchronized (this) {
                int end = (offset + bytes - 1) / 4096 + 1;
                if (populated.nextClear(offset / 4096, end) != end) {
                    complaints.add("zeroes what is not populated: " + offset + " to " + (offset + bytes));
                }
            }
            units.zero(offset, bytes);
        }

        @Override
        public void release() {
            checkLocks("releases");
            if (released) {
                complaints.add("releases twice");
            }
            released = true;
            live.decrementAndGet();
            populatedPages.addAndGet(-(long) populated.count(0, pages) * cpus);
            units.release();
        }
    }
}
