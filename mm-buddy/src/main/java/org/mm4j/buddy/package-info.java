/**
 * The zoned buddy page allocator: nodes, zones, free lists by order and migrate type, pageblocks, watermarks. {@link
 * org.mm4j.buddy.BuddyAllocator} is the door.
 */
@NullMarked
package org.mm4j.buddy;

import org.jspecify.annotations.NullMarked;
