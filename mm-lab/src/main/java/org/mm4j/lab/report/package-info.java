/** Shows what a replay found: as a page with plots, and as text for a terminal. */
@NullMarked
package org.mm4j.lab.report;

import org.jspecify.annotations.NullMarked;
