package org.mm4j.slab;

import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.CpuSource;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.MemoryAccounting;
import org.mm4j.api.ObjectStock;
import org.mm4j.api.SlotGate;
import org.mm4j.api.trace.GuardedTracepoints;
import org.mm4j.api.trace.Tracepoints;

/**
 * What a {@link SlabAllocator} is made of. Immutable; the {@code with…} methods return changed copies.
 *
 * @param settings from which the geometry of all caches follows; its {@code cpus} are the CPUs of the engines too
 * @param cpus which CPU a thread uses
 * @param nodes how many nodes the page allocator has, 1 or more
 * @param nodeOfCpu the node of a CPU
 * @param engine what keeps objects for CPUs
 * @param gate lets threads into slots, the same ones for all caches; slot n is one of CPU n modulo the CPUs. Null: engines
 *     that need one are refused
 * @param seed of all randomness
 * @param hardensFreelists whether links are disguised. In Linux: CONFIG_SLAB_FREELIST_HARDENED
 * @param shufflesFreelists whether new slabs hand their objects out in random order. In Linux: CONFIG_SLAB_FREELIST_RANDOM
 * @param merges whether alike caches become one. In Linux: not slab_nomerge
 * @param log where warnings go
 * @param rcu grace periods; null: there are none, so that SLAB_TYPESAFE_BY_RCU promises nothing and kfreeRcu is refused
 * @param slabDebug which debug flags a user wants for which caches. In Linux: slab_debug
 * @param failslab which allocations are made to fail; null: none ever. In Linux: failslab
 * @param zeroesOnAlloc whether objects are zero when they are taken, unless a constructor, readers or a debug flag need
 *     their bytes. In Linux: init_on_alloc
 * @param zeroesOnFree whether the same objects are zeroed when they are freed. In Linux: init_on_free
 * @param context what the code that calls is allowed
 * @param stock makes what keeps objects, instead of {@code engine}; null: that does. Caches with debug flags have neither
 * @param trace who is told of every object; {@link Tracepoints#NONE}: nobody, which costs nothing
 * @param accounting who pays for objects that are to be charged; null: none is, whatever its flags
 */
public record SlabConfig(
        SlabSettings settings,
        CpuSource cpus,
        int nodes,
        IntUnaryOperator nodeOfCpu,
        SlabEngineKind engine,
        @Nullable SlotGate gate,
        long seed,
        boolean hardensFreelists,
        boolean shufflesFreelists,
        boolean merges,
        KernelLog log,
        @Nullable Rcu rcu,
        SlabDebugOptions slabDebug,
        @Nullable Failslab failslab,
        boolean zeroesOnAlloc,
        boolean zeroesOnFree,
        GfpContext context,
        ObjectStock.@Nullable Maker stock,
        Tracepoints trace,

        @Nullable MemoryAccounting accounting) {
    private static final long SEED = 0x6d6d346a;

    /**
     * Checks the number of nodes, and that there is a gate where one is needed.
     *
     * @throws IllegalArgumentException when they do not fit
     */
    public SlabConfig {
        trace = GuardedTracepoints.of(trace);
        if (nodes < 1) {
            throw new IllegalArgumentException("caches need 1 node or more, not " + nodes);
        }
        if (engine.needsGate() && gate == null) {
            throw new IllegalArgumentException("the engine " + engine + " needs a gate, and there is none");
        }
    }

    /**
     * One node, so many CPUs, {@link SlabEngineKind#CPU_SLAB}: the kernel's engine, and the only one that needs nothing but
     * this module. {@link SlabEngineKind#OWNED} is faster where a gate has slots that threads own; such a gate needs the
     * host's help, so that it is the caller's choice: {@link #withEngine}.
     */
    public static SlabConfig ofCpus(int cpus) {
        return new SlabConfig(
                SlabSettings.ofCpus(cpus),
                CpuSource.BY_THREAD,
                1,
                _ -> 0,
                SlabEngineKind.CPU_SLAB,
                null,
                SEED,
                true,
                true,
                true,
                new KernelLog(),
                null,
                SlabDebugOptions.NONE,
                null,
                false,
                false,
                GfpContext.PROCESS,
                null,
                Tracepoints.NONE,
                null);
    }

    /** The same with another way to tell the CPU. */
    public SlabConfig withCpus(CpuSource next) {
        return with(draft -> draft.cpus = next);
    }

    /** The same with so many nodes, and the node of each CPU. */
    public SlabConfig withNodes(int count, IntUnaryOperator ofCpu) {
        return with(draft -> {
            draft.nodes = count;
            draft.nodeOfCpu = ofCpu;
        });
    }

    /** The same with another engine, and the gate that it needs. */
    public SlabConfig withEngine(SlabEngineKind next, @Nullable SlotGate slots) {
        return with(draft -> {
            draft.engine = next;
            draft.gate = slots;
        });
    }

    /** The same with another seed. */
    public SlabConfig withSeed(long next) {
        return with(draft -> draft.seed = next);
    }

    /** The same with freelists disguised and shuffled, or not. */
    public SlabConfig withFreelists(boolean hardened, boolean shuffled) {
        return with(draft -> {
            draft.hardensFreelists = hardened;
            draft.shufflesFreelists = shuffled;
        });
    }

    /** The same with or without merging. */
    public SlabConfig withMerging(boolean next) {
        return with(draft -> draft.merges = next);
    }

    /** The same with another log. */
    public SlabConfig withLog(KernelLog next) {
        return with(draft -> draft.log = next);
    }

    /** The same with grace periods. */
    public SlabConfig withRcu(@Nullable Rcu next) {
        return with(draft -> draft.rcu = next);
    }

    /**
     * The same with debug flags for some or all caches, as the kernel's command line has them: {@code FZ,dentry;P}.
     *
     * @throws IllegalArgumentException when the text is none of {@link SlabDebugOptions}; the message says what is wrong
     */
    public SlabConfig withSlabDebug(String options) {
        return with(draft -> draft.slabDebug = SlabDebugOptions.parse(options));
    }

    /** The same with allocations that fail when they are told to; null: without. */
    public SlabConfig withFailslab(@Nullable Failslab next) {
        return with(draft -> draft.failslab = next);
    }

    /** The same with objects zeroed when they are taken, when they are freed, or both. */
    public SlabConfig withZeroing(boolean onAlloc, boolean onFree) {
        return with(draft -> {
            draft.zeroesOnAlloc = onAlloc;
            draft.zeroesOnFree = onFree;
        });
    }

    /** The same with another judge of what the code that calls is allowed. */
    public SlabConfig withContext(GfpContext next) {
        return with(draft -> draft.context = next);
    }

    /** The same with a slab engine of one's own. */
    public SlabConfig withStock(ObjectStock.@Nullable Maker next) {
        return with(draft -> draft.stock = next);
    }

    /** Whether CPUs have slabs of their own, and partial ones. */
    boolean hasCpuSlabs() {
        return engine == SlabEngineKind.CPU_SLAB && stock == null;
    }

    /** The same with somebody who is told of every object. */
    public SlabConfig withTrace(Tracepoints next) {
        return with(draft -> draft.trace = next);
    }

    /** The same with objects charged. */
    public SlabConfig withAccounting(@Nullable MemoryAccounting next) {
        return with(draft -> draft.accounting = next);
    }

    private SlabConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /** A copy that can still be changed. */
    private static final class Draft {
        private SlabSettings settings;
        private CpuSource cpus;
        private int nodes;
        private IntUnaryOperator nodeOfCpu;
        private SlabEngineKind engine;
        private @Nullable SlotGate gate;
        private long seed;
        private boolean hardensFreelists;
        private boolean shufflesFreelists;
        private boolean merges;
        private KernelLog log;
        private @Nullable Rcu rcu;
        private SlabDebugOptions slabDebug;
        private @Nullable Failslab failslab;
        private boolean zeroesOnAlloc;
        private boolean zeroesOnFree;
        private GfpContext context;
        private ObjectStock.@Nullable Maker stock;
        private Tracepoints trace;
        private @Nullable MemoryAccounting accounting;

        Draft(SlabConfig from) {
            settings = from.settings;
            cpus = from.cpus;
            nodes = from.nodes;
            nodeOfCpu = from.nodeOfCpu;
            engine = from.engine;
            gate = from.gate;
            seed = from.seed;
            hardensFreelists = from.hardensFreelists;
            shufflesFreelists = from.shufflesFreelists;
            merges = from.merges;
            log = from.log;
            rcu = from.rcu;
            slabDebug = from.slabDebug;
            failslab = from.failslab;
            zeroesOnAlloc = from.zeroesOnAlloc;
            zeroesOnFree = from.zeroesOnFree;
            context = from.context;
            stock = from.stock;
            trace = from.trace;
            accounting = from.accounting;
        }

        SlabConfig done() {
            return new SlabConfig(
                    settings,
                    cpus,
                    nodes,
                    nodeOfCpu,
                    engine,
                    gate,
                    seed,
                    hardensFreelists,
                    shufflesFreelists,
                    merges,
                    log,
                    rcu,
                    slabDebug,
                    failslab,
                    zeroesOnAlloc,
                    zeroesOnFree,
                    context,
                    stock,
                    trace,
                    accounting);
        }
    }
}
