package org.mm4j.slab;

/**
 * What keeps objects of one cache for CPUs, in front of its slabs. Any thread may call; the calls that succeed allocate no
 * Java heap.
 *
 * <p>An engine marks an object as allocated when it hands it out, and refuses to take one back that is not.
 */
interface SlabEngine {
    /**
     * The address of a free object, which is now allocated; 0 when there is none.
     *
     * @param nid a node, or {@link org.mm4j.api.PageAllocator#NO_NODE}
     */
    long alloc(int gfp, int nid);

    /** Takes an object back. False, and nothing is changed, when it is not allocated. */
    boolean free(Slab slab, int object);

    /**
     * Puts the addresses of free objects, which are now allocated, to {@code objects[from]} and behind.
     *
     * @return how many; fewer than wanted when there are no more
     */
    int allocBulk(int gfp, long[] objects, int from, int to);

    /** Takes objects back that were claimed: {@code head} to {@code tail} of one slab, linked but for the tail. */
    void freeChain(Slab slab, int head, int tail, int count);

    /**
     * Keeps a deferred object until its readers have left, and frees it then. Takes no Java heap but for sheaves.
     *
     * @return false, and nothing is changed: whoever deferred the object has to see to it. In Linux: kfree_rcu_sheaf()
     */
    default boolean freeAfterGrace(Slab slab, int object) {
        return false;
    }

    /** Starts the grace period of all objects that are kept for one. In Linux: flush_rcu_sheaf(). */
    default void flushDeferred() {}

    /** Objects that are kept until their readers have left. Racy. */
    default long deferred() {
        return 0;
    }

    /** Gives all free objects that are kept back to the slabs. Others may run meanwhile, and objects that they free may be kept again. */
    void flush();

    /** Slabs that a CPU keeps besides its active one. Racy. In Linux: slabs_cpu_partial. */
    default int partialSlabs(int cpu) {
        return 0;
    }

    /** Objects of a sheaf; 0 where there are none. */
    default int sheafCapacity() {
        return 0;
    }

    /** Shows what is kept. Exact only while nobody else calls. */
    void visit(Visitor visitor);

    /** Who looks at what an engine keeps. */
    interface Visitor {
        /** A slab that is on no list because the engine has it. */
        void holds(Slab slab, String where);

        /** A free object that is on no slab's freelist because the engine has it. */
        void keeps(Slab slab, int object);
    }
}
