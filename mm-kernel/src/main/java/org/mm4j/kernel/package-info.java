/** The kernel as a whole: the allocators put together, and what /proc shows of them. */
@NullMarked
package org.mm4j.kernel;

import org.jspecify.annotations.NullMarked;
