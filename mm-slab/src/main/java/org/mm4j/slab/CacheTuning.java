package org.mm4j.slab;

/**
 * What of a cache can be changed while it is in use: how many slabs and objects it keeps, and where it looks for them. The
 * layout says how it begins. Each value is read when it is needed; whoever writes one waits for nobody.
 *
 * <p>In Linux 6.18: min_partial, cpu_partial, cpu_partial_slabs and remote_node_defrag_ratio of {@code struct kmem_cache}.
 */
final class CacheTuning {
    /** In how many parts a CPU looks at other nodes {@link #defragRatio} times before it makes a slab. */
    static final int DEFRAG_SCALE = 1024;

    /** {@link #defragRatio} in sysfs is a number up to 100. */
    static final int DEFRAG_PERCENT = 10;

    private static final int DEFRAG_RATIO = 1000;

    private final int objectsPerSlab;
    private final boolean hasCpuPartial;
    private volatile long minPartial;
    private volatile int cpuPartialObjects;
    private volatile int cpuPartialSlabs;
    private volatile int defragRatio = DEFRAG_RATIO;

    CacheTuning(SlabLayout layout, boolean hasCpuPartial) {
        this.hasCpuPartial = hasCpuPartial;
        objectsPerSlab = layout.objectsPerSlab();
        minPartial = layout.minPartial();
        cpuPartialObjects = layout.cpuPartialObjects();
        cpuPartialSlabs = layout.cpuPartialSlabs();
    }

    /** An empty slab stays while a node lists fewer slabs than that. */
    long minPartial() {
        return minPartial;
    }

    void setMinPartial(long slabs) {
        minPartial = slabs;
    }

    /** Whether the engine has slabs for CPUs. In Linux: kmem_cache_has_cpu_partial(). */
    boolean hasCpuPartial() {
        return hasCpuPartial;
    }

    /** Free objects that a CPU keeps on its own partial list. */
    int cpuPartialObjects() {
        return cpuPartialObjects;
    }

    /** The same as slabs, taken as half full. */
    int cpuPartialSlabs() {
        return cpuPartialSlabs;
    }

    /** In Linux: slub_set_cpu_partial(). */
    void setCpuPartial(int objects) {
        cpuPartialObjects = objects;
        cpuPartialSlabs = (int) Math.min((2L * objects + objectsPerSlab - 1) / objectsPerSlab, Integer.MAX_VALUE);
    }

    /** 0 to 1000, in {@link #DEFRAG_SCALE}ths; 0: never. */
    int defragRatio() {
        return defragRatio;
    }

    void setDefragRatio(int ratio) {
        defragRatio = ratio;
    }
}
