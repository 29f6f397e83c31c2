/** The stress tests, as the mm command runs them: what there is, how long it takes, what was seen. */
@NullMarked
package org.mm4j.lab.stress;

import org.jspecify.annotations.NullMarked;
