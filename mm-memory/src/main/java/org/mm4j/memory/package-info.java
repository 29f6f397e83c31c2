/**
 * The host's memory, lent to the kernels of mm4j as {@link org.mm4j.api.PhysicalMemory}. One door, {@link
 * org.mm4j.memory.HostMemory}; what to ask for, {@link org.mm4j.memory.MemoryOptions}; what can go wrong, {@link
 * org.mm4j.memory.HostMemoryException}.
 */
@NullMarked
package org.mm4j.memory;

import org.jspecify.annotations.NullMarked;
