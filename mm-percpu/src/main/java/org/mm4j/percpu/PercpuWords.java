package org.mm4j.percpu;

import java.lang.foreign.MemorySegment;
import org.mm4j.api.PerCpuAllocator;

/** The copies of a word, looked up once. */
final class PercpuWords {
    private PercpuWords() {}

    /** A segment for each CPU; all of them aligned to their size. */
    static MemorySegment[] copies(PerCpuAllocator percpu, long handle, int bytes) {
        MemorySegment[] copies = new MemorySegment[percpu.cpus()];
        for (int cpu = 0; cpu < copies.length; cpu++) {
            copies[cpu] = percpu.segment(handle, cpu, bytes);
            if (copies[cpu].address() % bytes != 0) {
                throw new IllegalArgumentException("percpu handle " + PcpuHandle.format(handle)
                        + " is refused: it is not aligned to " + bytes + " bytes");
            }
        }
        return copies;
    }
}
