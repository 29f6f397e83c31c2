package org.mm4j.buddy;

/**
 * How often owners were asked to move a block. Racy: each figure is a sum while others run.
 *
 * <p>In Linux 6.18: pgmigrate_success and pgmigrate_fail of /proc/vmstat. Differs: blocks, not pages, are counted.
 *
 * @param blocksMoved blocks that moved
 * @param blocksRefused how often an owner refused, or threw
 */
public record MigrationCounts(long blocksMoved, long blocksRefused) {}
