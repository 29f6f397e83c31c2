/** What the flight recorder sees of a kernel. */
@NullMarked
package org.mm4j.kernel.events;

import org.jspecify.annotations.NullMarked;
