package org.mm4j.kernel;

/**
 * One way to get the memory of an {@link ApiRequest}.
 *
 * <p>In Linux 6.18: a paragraph of Documentation/core-api/memory-allocation.rst.
 *
 * @param api the function
 * @param call how it is called
 * @param freeWith what gives the memory back
 * @param what what the allocator takes
 * @param bytesAllocated bytes that it takes
 * @param bytesWasted how many of these nobody asked for
 * @param why one sentence
 */
public record ApiOption(
        String api, String call, String freeWith, String what, long bytesAllocated, long bytesWasted, String why) {}
