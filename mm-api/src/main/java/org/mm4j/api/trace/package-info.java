/** Who is told what the allocators do: the tracepoints of the kernel. */
@NullMarked
package org.mm4j.api.trace;

import org.jspecify.annotations.NullMarked;
