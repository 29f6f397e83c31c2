/** SLUB, the slab allocator, and the grace periods that its deferred frees wait for. */
@NullMarked
package org.mm4j.slab;

import org.jspecify.annotations.NullMarked;
