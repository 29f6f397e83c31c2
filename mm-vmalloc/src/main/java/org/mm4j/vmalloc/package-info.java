/** vmalloc: virtually contiguous memory from scattered frames. */
@NullMarked
package org.mm4j.vmalloc;

import org.jspecify.annotations.NullMarked;
