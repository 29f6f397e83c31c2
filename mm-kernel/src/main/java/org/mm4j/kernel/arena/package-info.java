/** Arenas over the memory of a kernel: many lifetimes, each of which ends in well under a microsecond. */
@NullMarked
package org.mm4j.kernel.arena;

import org.jspecify.annotations.NullMarked;
