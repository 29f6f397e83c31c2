/** Pools over the allocators: for progress, for pieces of pages, for devices, and for ranges that are no pages. */
@NullMarked
package org.mm4j.kernel.pools;

import org.jspecify.annotations.NullMarked;
