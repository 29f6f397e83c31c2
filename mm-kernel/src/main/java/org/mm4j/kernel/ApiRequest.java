package org.mm4j.kernel;

/**
 * Memory that somebody needs, described without naming an allocator. {@link ApiChoice#of} finds the call for it.
 *
 * <p>In Linux 6.18: the questions that Documentation/core-api/memory-allocation.rst asks.
 *
 * @param bytes of one object, 1 to 32 TiB
 * @param count how many such objects, 1 or more; all together 32 TiB at most
 * @param isAtomic whether the caller must not wait
 * @param contiguity what has to be contiguous
 * @param lifetime how long the memory is used
 * @param isDma whether a device reads or writes it
 * @param isUser whether a user process maps it
 * @param isZeroed whether it has to be zeroes
 */
public record ApiRequest(
        long bytes,
        long count,
        boolean isAtomic,
        Contiguity contiguity,
        Lifetime lifetime,
        boolean isDma,
        boolean isUser,
        boolean isZeroed) {
    /** What virtual memory for the kernel there is on x86-64. */
    public static final long BYTES_MAX = 32L << 40;

    /** What has to be contiguous. */
    public enum Contiguity {
        /** Whatever is cheapest. */
        ANY,
        /** Physical addresses, and with them virtual ones. */
        PHYSICAL,
        /** Virtual addresses are enough. */
        VIRTUAL
    }

    /** How long memory is used. */
    public enum Lifetime {
        /** The caller gives it back soon; several objects live and die together. */
        SHORT,
        /** Until somebody gives it back; each object by itself. */
        LONG,
        /** As long as a driver is bound to its device. */
        DEVICE,
        /** Until all readers under RCU have left it. */
        RCU
    }

    /**
     * Checks that such memory can be had at all.
     *
     * @throws IllegalArgumentException when it cannot; the message is one sentence that says why
     */
    public ApiRequest {
        require(bytes >= 1 && bytes <= BYTES_MAX, "a size is 1 to " + BYTES_MAX + " bytes, not " + bytes);
        require(count >= 1, "there is 1 object or more, not " + count);
        require(
                count <= BYTES_MAX / bytes,
                count + " objects of " + bytes + " bytes are more than the kernel's 32 TiB of virtual addresses");
        require(
                !(isDma && contiguity == Contiguity.VIRTUAL),
                "a device sees physical addresses, so memory for DMA cannot be contiguous virtually only");
        require(
                !(isAtomic && isUser),
                "memory of a user process is taken while the process runs and may wait, so it is not taken atomically");
        boolean isOneBlock = count == 1 || lifetime == Lifetime.SHORT;
        long bytesMost = isOneBlock ? bytes * count : bytes;
        require(
                !isAtomic || bytesMost <= ApiOptions.KMALLOC_MAX,
                "nobody gets " + bytesMost + " bytes without waiting: the largest block has " + ApiOptions.KMALLOC_MAX
                        + ", so take the memory beforehand");
    }

    /** One object of so many bytes, in process context, without further wishes. */
    public static ApiRequest of(long bytes) {
        return new ApiRequest(bytes, 1, false, Contiguity.ANY, Lifetime.LONG, false, false, false);
    }

    /** The same for several objects. */
    public ApiRequest withCount(long next) {
        return new ApiRequest(bytes, next, isAtomic, contiguity, lifetime, isDma, isUser, isZeroed);
    }

    /** The same for a caller that must not wait. */
    public ApiRequest atomically() {
        return new ApiRequest(bytes, count, true, contiguity, lifetime, isDma, isUser, isZeroed);
    }

    /** The same with another contiguity. */
    public ApiRequest withContiguity(Contiguity next) {
        return new ApiRequest(bytes, count, isAtomic, next, lifetime, isDma, isUser, isZeroed);
    }

    /** The same with another lifetime. */
    public ApiRequest withLifetime(Lifetime next) {
        return new ApiRequest(bytes, count, isAtomic, contiguity, next, isDma, isUser, isZeroed);
    }

    /** The same for a device. */
    public ApiRequest forDma() {
        return new ApiRequest(bytes, count, isAtomic, contiguity, lifetime, true, isUser, isZeroed);
    }

    /** The same for a user process. */
    public ApiRequest forUser() {
        return new ApiRequest(bytes, count, isAtomic, contiguity, lifetime, isDma, true, isZeroed);
    }

    /** The same with zeroes in it. */
    public ApiRequest zeroed() {
        return new ApiRequest(bytes, count, isAtomic, contiguity, lifetime, isDma, isUser, true);
    }

    /** Bytes of all objects together. */
    public long bytesTotal() {
        return bytes * count;
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
