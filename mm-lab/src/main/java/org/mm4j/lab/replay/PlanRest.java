package org.mm4j.lab.replay;

/**
 * What is live after the last step of a plan, and is given back when the replay is over.
 *
 * @param pages the {@link LiveBlock}s of page blocks
 * @param areas the blocks of percpu areas
 * @param objects the blocks of objects
 * @param vmaps the blocks of vmap areas
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PlanRest(long[] pages, int[] areas, int[] objects, int[] vmaps) {}
