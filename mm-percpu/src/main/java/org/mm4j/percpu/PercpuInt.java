package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.IntSupplier;
import org.mm4j.api.PerCpuAllocator;

/**
 * A 32-bit variable of which every CPU has a copy; what is done is done to the copy of the calling thread's CPU. It
 * stands for C's {@code int} and, read as unsigned, for its {@code unsigned int}. A {@code long} that is added to it in
 * C loses its upper half: give {@code (int) value}.
 *
 * <p>Every operation is atomic: any number of threads may be on one CPU at once, and one may be moved to another CPU
 * while it goes on with the copy that it has. Whoever gives the allocation back stops using this.
 *
 * <p>In Linux 6.18: include/linux/percpu-defs.h, this_cpu_add() and the like. Differs: there a CPU runs one thread, and
 * an instruction without a lock prefix is enough.
 */
public final class PercpuInt {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment[] copies;
    private final IntSupplier cpu;

    /**
     * The variable at {@code handle}.
     *
     * @param handle of an allocation of 4 bytes or more
     * @param cpu tells the CPU of the calling thread
     * @throws IllegalArgumentException when it is not
     */
    public PercpuInt(PerCpuAllocator percpu, long handle, IntSupplier cpu) {
        this.cpu = cpu;
        copies = PercpuWords.copies(percpu, handle, Integer.BYTES);
    }

    /** The copy's value. */
    public int read() {
        return (int) WORD.getVolatile(mine(), 0L);
    }

    /** Sets the copy. */
    public void write(int value) {
        WORD.setVolatile(mine(), 0L, value);
    }

    /** Adds to the copy. */
    public void add(int value) {
        addReturn(value);
    }

    /** Subtracts from the copy. */
    public void sub(int value) {
        addReturn(-value);
    }

    /** Adds one. */
    public void inc() {
        addReturn(1);
    }

    /** Subtracts one. */
    public void dec() {
        addReturn(-1);
    }

    /** Adds to the copy, and returns what it is then. */
    public int addReturn(int value) {
        return (int) WORD.getAndAdd(mine(), 0L, value) + value;
    }

    /** Subtracts from the copy, and returns what it is then. */
    public int subReturn(int value) {
        return addReturn(-value);
    }

    /** Sets the copy, and returns what it was. */
    public int xchg(int value) {
        return (int) WORD.getAndSet(mine(), 0L, value);
    }

    /** Sets the copy if it is {@code expected}, and returns what it was. */
    public int cmpxchg(int expected, int value) {
        return (int) WORD.compareAndExchange(mine(), 0L, expected, value);
    }

    /** A CPU's value. In Linux: *per_cpu_ptr(). */
    public int get(int ofCpu) {
        return (int) WORD.getVolatile(copies[ofCpu], 0L);
    }

    /** The sum of all copies. Racy while others change them. */
    public long sum() {
        long sum = 0;
        for (int each = 0; each < copies.length; each++) {
            sum += get(each);
        }
        return sum;
    }

    private MemorySegment mine() {
        return copies[cpu.getAsInt()];
    }
}
