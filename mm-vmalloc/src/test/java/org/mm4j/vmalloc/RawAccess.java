package org.mm4j.vmalloc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.mm4j.vmalloc.Machine.PAGE;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.Gfp;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.memory.BackEnd;
import org.mm4j.memory.HostMemory;
import org.mm4j.memory.MemoryOptions;

/** A program that reads one byte at a bare address, as native code does, and prints it if it lives. */
final class RawAccess {
    private RawAccess() {}

    /** {@code live}, {@code guard}, {@code freed}, {@code unmapped} or {@code number}. */
    public static void main(String[] arguments) {
        String what = arguments[0];
        long frames = 1024;
        BackEnd backEnd = what.equals("number") ? BackEnd.ARENA : BackEnd.MEMFD;
        PhysicalMemory memory = HostMemory.reserve(MemoryOptions.defaults()
                .withBytes((BuddyConfig.FIRST_PFN + frames) * PAGE)
                .withBackEnd(backEnd));
        BuddyAllocator pages = BuddyAllocator.ofFrames(frames);
        Vmalloc vmalloc = new Vmalloc(VmallocConfig.of(2).withBlockOrderMax(0), pages, memory);
        System.out.println("begin");
        System.out.println("read " + at(address(what, vmalloc, pages)));
    }

    private static long address(String what, Vmalloc vmalloc, BuddyAllocator pages) {
        long p = vmalloc.vmalloc(3 * PAGE);
        vmalloc.segments(p).getFirst().set(JAVA_BYTE, 5, (byte) 42);
        switch (what) {
            case "guard" -> {
                return p + 3 * PAGE;
            }
            case "freed" -> {
                at(p + 5); // it is in the TLB
                vmalloc.vfree(p);
            }
            case "unmapped" -> {
                long ram = vmalloc.vmMapRam(new long[] {pages.allocPages(Gfp.GFP_KERNEL, 0)}, 0);
                at(ram);
                vmalloc.vmUnmapRam(ram, 1);
                return ram;
            }
            default -> {}
        }
        return p + 5;
    }

    private static byte at(long address) {
        return MemorySegment.ofAddress(address).reinterpret(1).get(JAVA_BYTE, 0);
    }
}
