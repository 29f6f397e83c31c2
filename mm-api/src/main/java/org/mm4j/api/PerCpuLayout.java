package org.mm4j.api;

/**
 * How large the units of a percpu allocator are, and how the first ones are divided.
 *
 * <p>In Linux 6.18: include/linux/percpu.h, struct pcpu_alloc_info.
 *
 * @param unitBytes one CPU's part of a chunk
 * @param staticBytes at the start of the first units, for variables known when the kernel is built
 * @param reservedBytes behind them, for those of modules
 * @param dynBytes behind those, for everyone
 * @param atomBytes the grain in which memory is asked for
 * @param allocBytes what is asked for at once, a multiple of the atom
 */
public record PerCpuLayout(
        int unitBytes, int staticBytes, int reservedBytes, int dynBytes, int atomBytes, int allocBytes) {}
