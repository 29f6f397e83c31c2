/**
 * What belongs to a CPU: slots that one thread at a time enters, the page caches in front of zones, and the percpu
 * allocator.
 */
@NullMarked
package org.mm4j.percpu;

import org.jspecify.annotations.NullMarked;
