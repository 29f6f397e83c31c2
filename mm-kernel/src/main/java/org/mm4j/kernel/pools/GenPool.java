package org.mm4j.kernel.pools;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An allocator for any range of addresses: memory of a device, on-chip memory, numbers. It never touches what it hands
 * out; a bit for each unit says whether it is taken.
 *
 * <pre>
 *    pool --&gt; chunk 0: 0x1000 .. 0x1fff    0110000011111000...     searched one after the other,
 *         --&gt; chunk 1: 0x8000 .. 0xbfff    0000000000000000...     taken by compare-and-set
 * </pre>
 *
 * <p>Any thread may call any method, in any context: there is no lock, and nobody waits. Requests and frees allocate no
 * Java heap. A request may fail while another one, which fails too, has bits for a moment.
 *
 * <p>In Linux 6.18: lib/genalloc.c. Differs: a bad free is refused, where the kernel stops; chunks do not overlap.
 */
public final class GenPool {
    /** What allocations return when they fail; no chunk begins there. */
    public static final long NONE = 0;

    private final int minAllocOrder;
    private final FitAlgorithm algorithm;
    private volatile GenChunk[] chunks = {};

    /** A pool without chunks whose requests are served by {@link FitAlgorithm#FIRST_FIT}. */
    public GenPool(int minAllocOrder) {
        this(minAllocOrder, FitAlgorithm.FIRST_FIT);
    }

    /**
     * A pool without chunks. In Linux: gen_pool_create(), gen_pool_set_algo().
     *
     * @param minAllocOrder a unit has 2<sup>{@code minAllocOrder}</sup> bytes; 0 to 62
     */
    public GenPool(int minAllocOrder, FitAlgorithm algorithm) {
        if (minAllocOrder < 0 || minAllocOrder > 62) {
            throw new IllegalArgumentException("units have 2^0 to 2^62 bytes, not 2^" + minAllocOrder);
        }
        this.minAllocOrder = minAllocOrder;
        this.algorithm = algorithm;
    }

    /** {@link #addChunk(long, long, long)} whose physical addresses are not known: they are given as the addresses. */
    public void addChunk(long start, long bytes) {
        addChunk(start, start, bytes);
    }

    /**
     * Adds a range of addresses. A rest at its end that is smaller than a unit is not used. In Linux:
     * gen_pool_add_virt().
     *
     * @param start above 0
     * @param physical the physical address of its first byte
     * @param bytes at least a unit, at most 2<sup>30</sup> units
     * @throws IllegalArgumentException when it cannot be, or overlaps a chunk
     */
    public synchronized void addChunk(long start, long physical, long bytes) {
        long units = bytes >> minAllocOrder;
        if (start <= 0 || bytes <= 0 || start + bytes < 0) {
            throw new IllegalArgumentException("a chunk of " + bytes + " bytes at 0x" + Long.toHexString(start)
                    + " is refused: addresses are 1 to 0x" + Long.toHexString(Long.MAX_VALUE));
        }
        if (units == 0 || units > 1 << 30) {
            throw new IllegalArgumentException("a chunk has 1 to " + (1 << 30) + " units of " + (1L << minAllocOrder)
                    + " bytes, and not " + bytes + " bytes");
        }
        GenChunk chunk = new GenChunk(start, physical, minAllocOrder, new AtomicBits((int) units));
        for (GenChunk other : chunks) {
            if (start < other.start() + other.bytes() && other.start() < start + chunk.bytes()) {
                throw new IllegalArgumentException("a chunk at 0x" + Long.toHexString(start)
                        + " is refused: it overlaps the one at 0x" + Long.toHexString(other.start()));
            }
        }
        GenChunk[] next = Arrays.copyOf(chunks, chunks.length + 1);
        next[chunks.length] = chunk;
        chunks = next;
    }

    /** The address of {@code bytes} bytes, rounded up to units, or {@link #NONE}. In Linux: gen_pool_alloc(). */
    public long alloc(long bytes) {
        return alloc(bytes, algorithm);
    }

    /**
     * {@link #alloc(long)} by another algorithm. In Linux: gen_pool_alloc_algo().
     *
     * @throws IllegalArgumentException when {@code bytes} is 0 or negative
     */
    public long alloc(long bytes, FitAlgorithm algorithm) {
        long units = units(bytes);
        if (units > Integer.MAX_VALUE) {
            return NONE;
        }
        for (GenChunk chunk : chunks) {
            long address = chunk.alloc((int) units, algorithm);
            if (address != NONE) {
                return address;
            }
        }
        return NONE;
    }

    private long units(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a request is for 1 byte or more, not " + bytes);
        }
        return ((bytes - 1) >>> minAllocOrder) + 1;
    }

    /**
     * Takes back what {@link #alloc} gave, or whole units of it. {@link #NONE} does nothing. In Linux: gen_pool_free().
     *
     * @throws IllegalArgumentException when the range is not in one chunk, does not begin with a unit, or is not all in
     *     use; nothing has changed then
     */
    public void free(long address, long bytes) {
        long units = units(bytes);
        if (address == NONE) {
            return;
        }
        GenChunk chunk = chunk(address);
        if (chunk == null || units << minAllocOrder < 0 || !chunk.contains(address, units << minAllocOrder)) {
            throw refused(address, bytes, "they are not in a chunk of this pool");
        }
        if ((address - chunk.start() & ((1L << minAllocOrder) - 1)) != 0) {
            throw refused(address, bytes, "no unit begins there");
        }
        if (!chunk.free(address, (int) units)) {
            throw refused(address, bytes, "a part of them is free already");
        }
    }

    private static IllegalArgumentException refused(long address, long bytes, String why) {
        return new IllegalArgumentException(
                bytes + " bytes at 0x" + Long.toHexString(address) + " cannot be freed: " + why);
    }

    private @Nullable GenChunk chunk(long address) {
        for (GenChunk chunk : chunks) {
            if (chunk.contains(address, 1)) {
                return chunk;
            }
        }
        return null;
    }

    /** Whether all of a range lies in one chunk. In Linux: gen_pool_has_addr(). */
    public boolean contains(long address, long bytes) {
        GenChunk chunk = chunk(address);
        return chunk != null && bytes > 0 && chunk.contains(address, bytes);
    }

    /**
     * The physical address. In Linux: gen_pool_virt_to_phys().
     *
     * @throws IllegalArgumentException when the address is in no chunk
     */
    public long physicalAddress(long address) {
        GenChunk chunk = chunk(address);
        if (chunk == null) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is in no chunk of this pool");
        }
        return chunk.physical(address);
    }

    /** Bytes of all chunks. In Linux: gen_pool_size(). */
    public long bytes() {
        return Arrays.stream(chunks).mapToLong(GenChunk::bytes).sum();
    }

    /** Bytes that nobody has. Exact when nobody uses the pool meanwhile. In Linux: gen_pool_avail(). */
    public long bytesFree() {
        return Arrays.stream(chunks).mapToLong(GenChunk::bytesFree).sum();
    }

    /** What is broken, one sentence each. Exact when nobody uses the pool meanwhile. */
    public List<String> validate() {
        List<String> findings = new ArrayList<>();
        for (GenChunk chunk : chunks) {
            long bytesTaken = (long) chunk.bits().count() << minAllocOrder;
            if (bytesTaken + chunk.bytesFree() != chunk.bytes()) {
                findings.add("the chunk at 0x" + Long.toHexString(chunk.start()) + " has " + bytesTaken
                        + " bytes taken and " + chunk.bytesFree() + " free, of " + chunk.bytes());
            }
        }
        return findings;
    }
}
