package org.mm4j.lab.replay;

/**
 * What is live at once at the most, if the steps of a plan are done in order.
 *
 * @param pages pages of blocks
 * @param objectBytes bytes of objects
 */
record PlanPeaks(long pages, long objectBytes) {}
