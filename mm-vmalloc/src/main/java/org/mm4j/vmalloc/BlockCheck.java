package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Walks all blocks and names what is broken of B1 and B2, and besides: <ul>
 * <li>B3: in a slot, blocks with free pages come before those without,
 * <li>B4: the blocks in the slots are the areas that are blocks, and the table has them.
 * </ul>
 */
final class BlockCheck {
    private final VmapAreas areas;
    private final VmapBlocks blocks;
    private final List<String> findings = new ArrayList<>();
    private final Set<VmapArea> seen = new HashSet<>();
    private BlockSlot slot = new BlockSlot();
    private boolean isFullSeen;

    BlockCheck(VmapAreas areas, VmapBlocks blocks) {
        this.areas = areas;
        this.blocks = blocks;
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        blocks.forEachBlock(this::check);
        areas.forEachBusy(area -> {
            if (area.has(VmFlags.VMAP_BLOCK) && !seen.contains(area)) {
                findings.add("B4: in no slot is the block of " + area);
            }
        });
        return findings;
    }

    private void check(VmapBlock block) {
        String name = "the block of " + block.area();
        isFullSeen &= block.slot() == slot;
        slot = block.slot();
        if (block.pagesFree() > 0 && isFullSeen) {
            findings.add("B3: behind a full one is " + name);
        }
        isFullSeen |= block.pagesFree() == 0;
        if (!seen.add(block.area())
                || blocks.find(block.area().start()) != block
                || !block.area().isPublished()) {
            findings.add("B4: twice, or not in the table, or not in use is " + name);
        }
        checkPages(block, name);
    }

    private void checkPages(VmapBlock block, String name) {
        int pagesMapped = 0;
        for (int page = 0; page < block.pages(); page++) {
            int count = Math.abs(block.mappingAt(page));
            pagesMapped += count == 0 ? 0 : VmapBlock.pagesTaken(count);
        }
        if (pagesMapped + block.pagesFree() + block.pagesDirty() != block.pages() || block.isDirty()) {
            findings.add("B1: " + pagesMapped + " pages mapped, " + block.pagesFree() + " free and "
                    + block.pagesDirty() + " dirty make " + name);
        }
        if (block.hasDirtyRange()
                && (block.pagesDirty() == 0
                        || (block.dirtyEnd() - block.area().start()) >>> PAGE_SHIFT
                                > block.pages() - block.pagesFree())) {
            findings.add("B2: dirty up to 0x" + Long.toHexString(block.dirtyEnd()) + " is " + name);
        }
    }
}
