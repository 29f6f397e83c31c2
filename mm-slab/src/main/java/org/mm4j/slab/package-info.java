/**
 * SLUB, the slab allocator: caches of equal objects, cut from pages.
 *
 * <p>In Linux 6.18: mm/slub.c, mm/slab_common.c, include/linux/slab.h.
 */
@NullMarked
package org.mm4j.slab;

import org.jspecify.annotations.NullMarked;
