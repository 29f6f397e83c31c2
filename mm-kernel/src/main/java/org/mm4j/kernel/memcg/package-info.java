/** Memory cgroups: who pays for memory, and how much each may have. */
@NullMarked
package org.mm4j.kernel.memcg;

import org.jspecify.annotations.NullMarked;
