package org.mm4j.buddy;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Who has which frame, as its users see it: nobody may get what somebody has. Users also write plainly to what they
 * have, and expect to find it as the last user left it, as they would with memory.
 */
final class OwnedFrames {
    private final long firstPfn;
    private final AtomicIntegerArray owned;
    private final int[] contents;

    OwnedFrames(MemMap map) {
        firstPfn = map.firstPfn();
        owned = new AtomicIntegerArray(map.frames());
        contents = new int[map.frames()];
    }

    void take(long pfn, long pages) {
        for (long each = pfn; each < pfn + pages; each++) {
            int frame = (int) (each - firstPfn);
            if (!owned.compareAndSet(frame, 0, 1)) {
                throw new AssertionError("pfn " + each + " was handed out while somebody has it");
            }
            if (contents[frame] != 0) {
                throw new AssertionError("pfn " + each + " was handed out before its last user's write was visible");
            }
            contents[frame] = 1;
        }
    }

    void give(long pfn, long pages) {
        for (long each = pfn; each < pfn + pages; each++) {
            int frame = (int) (each - firstPfn);
            contents[frame] = 0;
            if (!owned.compareAndSet(frame, 1, 0)) {
                throw new AssertionError("pfn " + each + " is given back and nobody has it");
            }
        }
    }
}
