/** Tests for allocators that keep the contracts of {@code org.mm4j.api}. */
@NullMarked
package org.mm4j.contract;

import org.jspecify.annotations.NullMarked;
