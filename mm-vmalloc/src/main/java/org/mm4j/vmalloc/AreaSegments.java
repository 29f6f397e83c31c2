package org.mm4j.vmalloc;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.mm4j.memory.VirtualRange;

/** The bytes of areas as segments, which end with them. Any thread may call any method. */
final class AreaSegments {
    private final FreePath freePath;
    private final RamMaps ramMaps;

    AreaSegments(FreePath freePath, RamMaps ramMaps) {
        this.freePath = freePath;
        this.ramMaps = ramMaps;
    }

    List<MemorySegment> all(long address) {
        VirtualRange ramMap = ramMaps.find(address);
        if (ramMap != null) {
            return ramMap.segments();
        }
        VmStruct vm = freePath.live(address, FreePath.Call.SEGMENT);
        return vm.range().isMapped() ? cut(vm.range().segments(), vm.bytesRequested()) : List.of();
    }

    MemorySegment only(long address) {
        List<MemorySegment> segments = all(address);
        if (segments.size() != 1) {
            throw new UnsupportedOperationException("the area at 0x" + Long.toHexString(address) + " has "
                    + segments.size() + " segments: ask for all of them");
        }
        return segments.getFirst();
    }

    /** The first {@code bytes} bytes of segments. */
    private static List<MemorySegment> cut(List<MemorySegment> segments, long bytes) {
        List<MemorySegment> cut = new ArrayList<>();
        long left = bytes;
        for (MemorySegment segment : segments) {
            if (left > 0) {
                cut.add(segment.asSlice(0, Math.min(left, segment.byteSize())));
            }
            left -= segment.byteSize();
        }
        return List.copyOf(cut);
    }
}
