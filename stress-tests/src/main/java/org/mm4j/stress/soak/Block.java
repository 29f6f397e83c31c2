package org.mm4j.stress.soak;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.kernel.Kernel;
import org.mm4j.slab.KmemCache;

/**
 * Something that was allocated, painted all over with its stamp. Whoever frees it, on whatever thread, looks whether the
 * paint is still there: if two had it at once, it is not.
 *
 * @param kind from where it comes
 * @param where its address, frame number or handle
 * @param order of pages
 * @param memory the bytes of it that are painted
 * @param stamp what they are painted with; each block has another one
 * @param cache of an object
 */
record Block(
        Kind kind,
        long where,
        int order,
        MemorySegment memory,
        long stamp,
        @Nullable KmemCache cache) {
    private static final long PAINTED_MAX = 512;

    /** From where it comes. */
    enum Kind {
        PAGES,
        KMALLOC,
        OBJECT,
        VMALLOC,
        PERCPU
    }

    static Block painted(
            Kind kind, long where, int order, MemorySegment memory, long stamp, @Nullable KmemCache cache) {
        Block block = new Block(kind, where, order, memory, stamp, cache);
        for (long at = 0; at + 8 <= block.painted(); at += 8) {
            memory.set(JAVA_LONG_UNALIGNED, at, stamp);
        }
        memory.set(JAVA_LONG_UNALIGNED, memory.byteSize() - 8, stamp);
        return block;
    }

    private long painted() {
        return Math.min(memory.byteSize(), PAINTED_MAX);
    }

    void check() {
        for (long at = 0; at + 8 <= painted(); at += 8) {
            check(at);
        }
        check(memory.byteSize() - 8);
    }

    private void check(long at) {
        long found = memory.get(JAVA_LONG_UNALIGNED, at);
        if (found != stamp) {
            throw new AssertionError("byte " + at + " of " + memory.byteSize() + " of " + kind + " 0x"
                    + Long.toHexString(where) + " has 0x" + Long.toHexString(found) + " and not its stamp 0x"
                    + Long.toHexString(stamp) + ": somebody else has it too");
        }
    }

    /** Gives it back; what is in it was looked at. */
    void free(Kernel kernel) {
        switch (kind) {
            case PAGES -> kernel.pages().freePages(where, order);
            case KMALLOC -> kernel.kmalloc().kfree(where);
            case OBJECT -> Objects.requireNonNull(cache).free(where);
            case VMALLOC -> kernel.vmalloc().vfree(where);
            case PERCPU -> kernel.percpu().freePercpu(where);
        }
    }

    static @Nullable Block pages(Kernel kernel, int order, int gfp, long stamp) {
        long pfn = kernel.pages().allocPages(gfp, order);
        return pfn == PageFrame.NONE
                ? null
                : painted(
                        Kind.PAGES,
                        pfn,
                        order,
                        kernel.directMap().segment(pfn, (long) PageFrame.PAGE_SIZE << order),
                        stamp,
                        null);
    }

    static @Nullable Block kmalloc(Kernel kernel, int bytes, int gfp, long stamp) {
        long address = kernel.kmalloc().kmalloc(bytes, gfp);
        return address == 0 ? null : painted(Kind.KMALLOC, address, 0, at(kernel, address, bytes), stamp, null);
    }

    static @Nullable Block object(Kernel kernel, KmemCache cache, long stamp) {
        long address = cache.alloc(Gfp.GFP_NOWAIT);
        return address == 0
                ? null
                : painted(Kind.OBJECT, address, 0, at(kernel, address, cache.objectSize()), stamp, cache);
    }

    static @Nullable Block vmalloc(Kernel kernel, long bytes, long stamp) {
        long address = kernel.vmalloc().vmalloc(bytes);
        return address == 0
                ? null
                : painted(Kind.VMALLOC, address, 0, kernel.vmalloc().segment(address), stamp, null);
    }

    static @Nullable Block percpu(Kernel kernel, int bytes, long stamp) {
        PerCpuAllocator percpu = kernel.percpu();
        long handle = percpu.allocPercpu(bytes, 8, Gfp.GFP_KERNEL);
        return handle == PerCpuAllocator.NONE
                ? null
                : painted(Kind.PERCPU, handle, 0, percpu.segment(handle, 0, bytes), stamp, null);
    }

    private static MemorySegment at(Kernel kernel, long address, long bytes) {
        return kernel.memory().directMap().asSlice(address - kernel.memory().directMapAddress(), bytes);
    }
}
