package org.mm4j.slab;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.Arrays;
import java.util.Locale;
import org.mm4j.api.PageFrame;

/**
 * The sizes in which kmalloc hands memory out. A request of up to {@link #MAX_CACHE_SIZE} bytes is served by the smallest
 * class that holds it, found with one look into a table; a larger one by whole pages.
 *
 * <p><b>Alignment.</b> An object is aligned to the largest power of two that divides its class's size, at least 8. So is
 * every request to the largest power of two that divides <em>its</em> size (callers of Linux rely on it), in both tables:
 * between two powers of two the classes are all the multiples of a step, itself a power of two (128 to 256 in steps of 64,
 * or of 32 in the denser table). A request that is a multiple of the step <em>is</em> a class; any other is divided by less
 * than the step, and the step divides its class. A step is at least 8, the least alignment.
 *
 * <p>Immutable, for all threads.
 *
 * <p>In Linux 6.18: mm/slab_common.c, kmalloc_size_index, kmalloc_info, kmalloc_size_roundup(); include/linux/slab.h,
 * kmalloc_index(). Differs: the table goes to the end, and there is a second, denser one.
 */
public final class SizeClasses {
    /** The smallest class, and the least alignment. */
    public static final int MIN_SIZE = 8;
    /** The largest class. In Linux: KMALLOC_MAX_CACHE_SIZE. */
    public static final int MAX_CACHE_SIZE = 8192;
    /** The largest request that can be served. In Linux: KMALLOC_MAX_SIZE. */
    public static final int MAX_SIZE = PAGE_SIZE << PageFrame.MAX_PAGE_ORDER;
    /** Random copies of the normal caches besides the first, with CONFIG_RANDOM_KMALLOC_CACHES. */
    public static final int RANDOM_COPIES = 15;

    private static final int GRAIN_SHIFT = 3;
    private static final int[] LINUX_SIZES = {0, 96, 192, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};

    /** Linux's own classes: the powers of two, and 96 and 192, under the kernel's indexes. */
    public static final SizeClasses LINUX = new SizeClasses(LINUX_SIZES);
    /** Four classes to each doubling: a request above 24 bytes leaves a fifth of its object unused at the most, not half. */
    public static final SizeClasses DENSE = new SizeClasses(denseSizes());

    /** The size of each class; index 0 is no class. */
    private final int[] sizes;

    /** For each multiple of 8 bytes the class that serves it. */
    private final byte[] indexes = new byte[MAX_CACHE_SIZE >> GRAIN_SHIFT];

    private SizeClasses(int[] sizes) {
        this.sizes = sizes;
        for (int grain = 0; grain < indexes.length; grain++) {
            indexes[grain] = smallest((grain + 1) << GRAIN_SHIFT);
        }
    }

    /** The class of a request; 0 for none: a request of 0 bytes or less, or of more than {@link #MAX_CACHE_SIZE}. */
    public int index(long bytes) {
        return bytes > 0 && bytes <= MAX_CACHE_SIZE ? indexes[(int) (bytes - 1) >> GRAIN_SHIFT] : 0;
    }

    /** Classes have the indexes 1 to {@code count()}. */
    public int count() {
        return sizes.length - 1;
    }

    /**
     * Bytes of an object of a class; 0 for index 0.
     *
     * @throws IndexOutOfBoundsException when there is no such index
     */
    public int size(int index) {
        return sizes[index];
    }

    /** What objects of a class, 1 to {@link #count}, are aligned to. */
    public int align(int index) {
        return Math.max(Integer.lowestOneBit(sizes[index]), MIN_SIZE);
    }

    /**
     * Bytes that a request gets: those of its class, or a power of two of pages; 0 for 0. A request that cannot be
     * served, negative or larger than {@link #MAX_SIZE}, is returned as it is.
     */
    public long roundUp(long bytes) {
        int index = index(bytes);
        if (index != 0) {
            return sizes[index];
        }
        return bytes > 0 && bytes <= MAX_SIZE ? (long) PAGE_SIZE << PageFrame.order(bytes) : bytes;
    }

    /** The name of a cache, {@code kmalloc-cg-1k}. */
    public String name(KmallocType type, int index) {
        return type.prefix() + suffix(index);
    }

    /**
     * The name of a random copy of a normal cache, {@code kmalloc-rnd-07-96}; copy 0 is the normal cache itself.
     *
     * @throws IllegalArgumentException when the copy is not 0 to {@link #RANDOM_COPIES}
     */
    public String randomName(int copy, int index) {
        if (copy < 0 || copy > RANDOM_COPIES) {
            throw new IllegalArgumentException(
                    "the random copies of a cache are 0 to " + RANDOM_COPIES + ", not " + copy);
        }
        return copy == 0
                ? name(KmallocType.NORMAL, index)
                : String.format(Locale.ROOT, "kmalloc-rnd-%02d-%s", copy, suffix(index));
    }

    /** What the cache of a class asks for. The whole object may be copied to user space. */
    public SlabRequest request(KmallocType type, int index, SlabSettings settings) {
        return SlabRequest.of(sizes[index], settings)
                .withAlign(align(index))
                .withFlags(type.flags())
                .withUsercopy(true);
    }

    private String suffix(int index) {
        int size = sizes[index];
        return size >= 1024 && size % 1024 == 0 ? size / 1024 + "k" : Integer.toString(size);
    }

    private byte smallest(int bytes) {
        int best = 0;
        for (int index = 1; index < sizes.length; index++) {
            if (sizes[index] >= bytes && (best == 0 || sizes[index] < sizes[best])) {
                best = index;
            }
        }
        return (byte) best;
    }

    /** Multiples of 8 up to 64, then four to each doubling. */
    private static int[] denseSizes() {
        int[] sizes = new int[64];
        int count = 1;
        for (int size = MIN_SIZE; size <= MAX_CACHE_SIZE; size += Math.max(MIN_SIZE, Integer.highestOneBit(size) / 4)) {
            sizes[count++] = size;
        }
        return Arrays.copyOf(sizes, count);
    }
}
