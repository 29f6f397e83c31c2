/**
 * Does again, on an allocator of mm4j, what a trace says that a real kernel did: {@link org.mm4j.lab.replay.Resolver} makes
 * a {@link org.mm4j.lab.replay.ReplayPlan} of the trace, {@link org.mm4j.lab.replay.Replayer} carries it out.
 */
@NullMarked
package org.mm4j.lab.replay;

import org.jspecify.annotations.NullMarked;
