package org.mm4j.kernel;

import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.buddy.MemoryBlock;
import org.mm4j.buddy.MemoryNotifier;
import org.mm4j.kernel.reclaim.Reclaim;

/**
 * Gives the host the memory of a block that goes offline, and tells reclaim how much memory there is. If the host does not take
 * it, the block stays online.
 *
 * @param memory the bytes behind the frames
 * @param reclaim who measures by how much memory there is
 */
record HostNotifier(PhysicalMemory memory, Reclaim reclaim) implements MemoryNotifier {
    @Override
    public void emptied(MemoryBlock block) {
        memory.punchHole(block.startPfn() << PageFrame.PAGE_SHIFT, block.pages() << PageFrame.PAGE_SHIFT);
    }

    @Override
    public void changed(MemoryBlock block) {
        reclaim.pagesManagedChanged();
    }
}
