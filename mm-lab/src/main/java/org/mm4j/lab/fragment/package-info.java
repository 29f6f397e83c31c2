/**
 * How memory falls apart when pages are replaced at random, and what compaction in the background makes of it. Start with
 * {@link org.mm4j.lab.fragment.FragmentRun}.
 */
@NullMarked
package org.mm4j.lab.fragment;

import org.jspecify.annotations.NullMarked;
