package org.mm4j.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The lock order. A thread that holds a lock may only take one of a later rank, and never two of the same.
 *
 * <p>The ranks are checked while assertions are on, and cost nothing otherwise: {@link #enter} and {@link #exit} stand
 * inside {@code assert}.
 *
 * <p>In Linux 6.18: the lock order of mm/slub.c and lockdep.
 */
public enum LockRank {
    /** The vmap blocks of a CPU. In Linux: vmap_block-&gt;lock and vmap_block_queue-&gt;lock. */
    VMAP_BLOCKS,
    /** The areas in use of a vmap node. In Linux: vmap_node-&gt;busy.lock. */
    VMAP_BUSY,
    /** The areas of a vmap node that are freed and not flushed. In Linux: vmap_node-&gt;lazy.lock. */
    VMAP_LAZY,
    /** The address ranges that a vmap node keeps for its next requests. In Linux: vmap_node-&gt;pool_lock. */
    VMAP_POOL,
    /** The free address ranges of vmalloc. In Linux: free_vmap_area_lock. */
    FREE_VMAP_AREA,
    /** The slabs or objects that one CPU has. In Linux: lock of kmem_cache-&gt;cpu_slab and of kmem_cache-&gt;cpu_sheaves. */
    CPU_SLAB,
    /** The full and the empty sheaves of a cache on a node. In Linux: node_barn-&gt;lock. */
    BARN,
    /** The slabs of a cache on a node that have free objects. In Linux: kmem_cache_node-&gt;list_lock. */
    SLAB_LIST,
    /** Who pays for pages that several hold. In Linux: nothing, as pages free themselves. */
    PAGE_CHARGES,
    /** A per-CPU page cache. In Linux: pcp-&gt;lock. */
    PAGE_SET,
    /** A zone. In Linux: zone-&gt;lock. */
    ZONE,
    /** The maps of the percpu allocator. Behind the zones: whoever holds it can take no pages. In Linux: pcpu_lock. */
    PERCPU,
    /** A counter that is spread over the CPUs. In Linux: percpu_counter-&gt;lock. */
    PERCPU_COUNTER,
    /**
     * A pool, or what a device has. Nobody calls out while holding it. In Linux: mempool-&gt;lock, dma_pool-&gt;lock,
     * gen_pool-&gt;lock, devres_lock.
     */
    POOL,
    /** Addresses that are to be freed after a grace period. In Linux: krcp-&gt;lock. */
    KVFREE_RCU,
    /** Grace periods, and what waits for them. Behind all others: whoever holds any lock may defer. In Linux: srcu. */
    RCU;

    private static final LockRank[] VALUES = values();

    /** Bit m of number n: a lock of rank m was taken by a thread that held one of rank n. */
    private static final int[] TAKEN_UNDER = new int[VALUES.length];

    private static final VarHandle RANKS = MethodHandles.arrayElementVarHandle(int[].class);

    /** Threads that wait for a lock, and what they hold. */
    private static final Map<Thread, String> WAITING = new ConcurrentHashMap<>();

    /** Bit n: this thread holds a lock of rank n. */
    private static final ThreadLocal<int[]> HELD = ThreadLocal.withInitial(() -> new int[1]);

    /**
     * Notes that this thread takes a lock of this rank.
     *
     * @return true, so that the call can stand in an assertion
     * @throws AssertionError when the thread holds a lock of this or a later rank
     */
    public boolean enter() {
        int[] held = HELD.get();
        int notBefore = held[0] >>> ordinal();
        if (notBefore != 0) {
            LockRank other = VALUES[ordinal() + Integer.numberOfTrailingZeros(notBefore)];
            throw new AssertionError("taking a lock of rank " + this + " while holding one of rank " + other);
        }
        for (int before = held[0]; before != 0; before &= before - 1) {
            note(Integer.numberOfTrailingZeros(before));
        }
        held[0] |= 1 << ordinal();
        return true;
    }

    /** A lock of this rank is taken while one of that rank is held. Almost always it is known. */
    private void note(int before) {
        if (!takenUnderOpaque(before, this)) {
            RANKS.getAndBitwiseOr(TAKEN_UNDER, before, 1 << ordinal());
        }
    }

    private static boolean takenUnderOpaque(int before, LockRank next) {
        return ((int) RANKS.getOpaque(TAKEN_UNDER, before) & 1 << next.ordinal()) != 0;
    }

    /**
     * Notes that this thread, which has said that it takes a lock of this rank, has to wait for it.
     *
     * @return true, so that the call can stand in an assertion
     */
    boolean beginWait() {
        WAITING.put(
                Thread.currentThread(),
                "waits for " + this + ", holds "
                        + held().stream().filter(rank -> rank != this).toList());
        return true;
    }

    /** The end of {@link #beginWait}. */
    boolean endWait() {
        WAITING.remove(Thread.currentThread());
        return true;
    }

    /**
     * Which locks were taken while which were held, by rank, and who waits for one at this moment: a line each. Of a
     * deadlock all threads are there. Known only while assertions are on; any thread may ask.
     */
    public static List<String> graph() {
        Stream<String> edges = Stream.of(VALUES)
                .filter(rank -> Stream.of(VALUES).anyMatch(next -> takenUnderOpaque(rank.ordinal(), next)))
                .map(rank -> rank + " -> "
                        + Stream.of(VALUES)
                                .filter(next -> takenUnderOpaque(rank.ordinal(), next))
                                .toList());
        Stream<String> waiting = WAITING.entrySet().stream()
                .map(each -> each.getKey().getName() + " #" + each.getKey().threadId() + " " + each.getValue());
        return Stream.concat(edges, waiting).toList();
    }

    /**
     * Notes that this thread gives a lock of this rank back.
     *
     * @return true, so that the call can stand in an assertion
     * @throws AssertionError when the thread holds no such lock
     */
    public boolean exit() {
        int[] held = HELD.get();
        if ((held[0] & 1 << ordinal()) == 0) {
            throw new AssertionError("giving back a lock of rank " + this + " that this thread does not hold");
        }
        held[0] &= ~(1 << ordinal());
        return true;
    }

    /** Whether this thread holds a lock of this rank; known only while assertions are on. */
    public boolean isHeld() {
        return (HELD.get()[0] & 1 << ordinal()) != 0;
    }

    /** Whether this thread holds a lock of any rank, so that it must not wait; known only while assertions are on. */
    public static boolean isAnyHeld() {
        return HELD.get()[0] != 0;
    }

    /** The ranks of the locks that this thread holds, in the lock order; known only while assertions are on. */
    public static List<LockRank> held() {
        return Stream.of(VALUES).filter(LockRank::isHeld).toList();
    }
}
