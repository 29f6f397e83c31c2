package org.mm4j.memory;

/**
 * Bytes of a memory.
 *
 * @param start the first one
 * @param end behind the last one
 */
record OffsetRange(long start, long end) {}
