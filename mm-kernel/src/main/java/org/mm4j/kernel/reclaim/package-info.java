/** What happens when memory runs low: shrinkers, direct reclaim, and a kswapd for each node. */
@NullMarked
package org.mm4j.kernel.reclaim;

import org.jspecify.annotations.NullMarked;
