/**
 * SLUB, the slab allocator: caches of equal objects, and kmalloc on top of them. {@link org.mm4j.slab.SlabLayout} is its
 * arithmetic: how large an object's slot is, and how many a slab holds. {@link
 * org.mm4j.slab.Rcu} has the grace periods that deferred frees wait for.
 */
@NullMarked
package org.mm4j.slab;

import org.jspecify.annotations.NullMarked;
