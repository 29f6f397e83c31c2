package org.mm4j.memory;

import java.util.Objects;
import org.mm4j.api.PageFrame;

/**
 * What to reserve.
 *
 * <p>In Linux 6.18: the parameters {@code mem=} and {@code transparent_hugepage=} of the command line come near.
 *
 * @param bytes size in bytes, a positive multiple of 4096
 * @param backEnd what the memory is made of
 * @param hugePages whether to ask the host for huge pages over the whole memory; only advice
 */
public record MemoryOptions(long bytes, BackEnd backEnd, boolean hugePages) {
    /**
     * Checked options.
     *
     * @throws IllegalArgumentException when {@code bytes} is not a positive multiple of 4096
     */
    public MemoryOptions {
        if (bytes <= 0 || bytes % PageFrame.PAGE_SIZE != 0) {
            throw new IllegalArgumentException(
                    "the size of a memory is a positive multiple of " + PageFrame.PAGE_SIZE + " bytes, not " + bytes);
        }
        Objects.requireNonNull(backEnd, "a memory needs a back end");
    }

    /** 1 GiB, of what the host has, without huge pages. */
    public static MemoryOptions defaults() {
        return new MemoryOptions(1L << 30, BackEnd.AUTO, false);
    }

    /** The same with another size in bytes. */
    public MemoryOptions withBytes(long bytes) {
        return new MemoryOptions(bytes, backEnd, hugePages);
    }

    /** The same, made of something else. */
    public MemoryOptions withBackEnd(BackEnd backEnd) {
        return new MemoryOptions(bytes, backEnd, hugePages);
    }

    /** The same with or without advice for huge pages. */
    public MemoryOptions withHugePages(boolean hugePages) {
        return new MemoryOptions(bytes, backEnd, hugePages);
    }
}
