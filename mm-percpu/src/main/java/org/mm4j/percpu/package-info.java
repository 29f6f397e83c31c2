/**
 * What every CPU has of its own. The percpu allocator hands out variables of which each CPU has a copy: {@link
 * org.mm4j.percpu.ChunkAllocator} is the door.
 */
@NullMarked
package org.mm4j.percpu;

import org.jspecify.annotations.NullMarked;
