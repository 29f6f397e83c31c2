package org.mm4j.slab;

import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;

/**
 * What all caches of an allocator share.
 *
 * @param pages where slabs come from
 * @param memory where objects lie
 * @param config the settings
 * @param frames which slab a frame belongs to
 * @param random all randomness
 */
record SlabParts(PageAllocator pages, PhysicalMemory memory, SlabConfig config, SlabFrames frames, SlabRandom random) {}
