package org.mm4j.slab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.ToLongFunction;

/**
 * The files of /sys/kernel/slab/&lt;cache&gt;: their names, and what reads as their text. Racy.
 *
 * <p>In Linux 6.18: mm/slub.c, slab_attrs[], show_slab_objects(). Differs: a constructor is shown as its class; the files of
 * CONFIG_SLUB_STATS, from alloc_fastpath on, are left out, as in the kernels of distributions: who counts takes and frees
 * puts a branch and a store into a path of ten instructions, and a switch that is off leaves the branch.
 */
public final class SlabAttributes {
    private final Map<String, String> files = new LinkedHashMap<>();
    private final KmemCache cache;
    private final SlabLayout layout;

    private SlabAttributes(KmemCache cache) {
        this.cache = cache;
        layout = cache.layout();
    }

    /** Text by file name, in the kernel's order. The files that only take commands read as nothing. */
    public static Map<String, String> of(KmemCache cache) {
        SlabAttributes attributes = new SlabAttributes(cache);
        attributes.geometry();
        attributes.use();
        attributes.kind();
        attributes.totals();
        attributes.flags();
        return Collections.unmodifiableMap(attributes.files);
    }

    /**
     * Writes a file: {@code shrink} and {@code validate} take {@code 1}, min_partial, cpu_partial and
     * remote_node_defrag_ratio a number; a line end may follow. In Linux: slab_attr_store().
     *
     * @throws IllegalArgumentException when there is no such file, it cannot be written, or the text makes no sense; the
     *     message names the kernel's error
     */
    public static void write(KmemCache cache, String file, String text) {
        new SlabControls(cache).write(file, text);
    }

    private void geometry() {
        number("slab_size", layout.size());
        number("object_size", cache.objectSize());
        number("align", layout.align());
        number("objs_per_slab", layout.objectsPerSlab());
        number("order", layout.order());
        number("sheaf_capacity", cache.engine().sheafCapacity());
        number("min_partial", cache.tuning().minPartial());
        number("cpu_partial", cache.tuning().cpuPartialObjects());
    }

    private void use() {
        byNode("objects_partial", SlabAttributes::inuseOnList);
        byNode("partial", NodeSlabs::partial);
        EngineSlabs engine = new EngineSlabs(cache);
        nodes("cpu_slabs", engine.byNode());
    }

    private void kind() {
        LongConsumer ctor = cache.ctor();
        files.put("ctor", ctor == null ? "" : ctor.getClass().getName() + "\n");
        number("aliases", cache.snapshot().users() - 1L);
        flag("hwcache_align", SlabFlags.SLAB_HWCACHE_ALIGN);
        flag("reclaim_account", SlabFlags.SLAB_RECLAIM_ACCOUNT);
        flag("destroy_by_rcu", SlabFlags.SLAB_TYPESAFE_BY_RCU);
        files.put("shrink", "");
        files.put("slabs_cpu_partial", cpuPartial());
    }

    private void totals() {
        byNode("total_objects", NodeSlabs::objects);
        byNode("objects", node -> Math.max(node.objects() - PartialFree.count(node), 0));
        byNode("slabs", NodeSlabs::slabs);
    }

    private void flags() {
        flag("sanity_checks", SlabFlags.SLAB_CONSISTENCY_CHECKS);
        flag("trace", SlabFlags.SLAB_TRACE);
        flag("red_zone", SlabFlags.SLAB_RED_ZONE);
        flag("poison", SlabFlags.SLAB_POISON);
        flag("store_user", SlabFlags.SLAB_STORE_USER);
        files.put("validate", "");
        flag("cache_dma", SlabFlags.SLAB_CACHE_DMA);
        number("remote_node_defrag_ratio", cache.tuning().defragRatio() / CacheTuning.DEFRAG_PERCENT);
        number("usersize", cache.userCopy().bytes());
        flag("failslab", SlabFlags.SLAB_FAILSLAB);
        number("skip_kfence", 0);
    }

    // Texts.

    private void number(String file, long value) {
        files.put(file, value + "\n");
    }

    private void flag(String file, int flag) {
        number(file, SlabFlags.has(layout.flags(), flag) ? 1 : 0);
    }

    private void byNode(String file, ToLongFunction<NodeSlabs> count) {
        long[] counts = new long[cache.slabs().nodes()];
        for (int nid = 0; nid < counts.length; nid++) {
            counts[nid] = count.applyAsLong(cache.slabs().node(nid));
        }
        nodes(file, counts);
    }

    /** The sum, and the nodes that have some: {@code 72 N0=70 N2=2}. */
    private void nodes(String file, long[] counts) {
        StringBuilder text = new StringBuilder();
        long sum = 0;
        for (int nid = 0; nid < counts.length; nid++) {
            sum += counts[nid];
            text.append(counts[nid] == 0 ? "" : " N" + nid + "=" + counts[nid]);
        }
        files.put(file, sum + text.toString() + "\n");
    }

    /** Objects, taken as half of the slabs', and slabs: {@code 192(6) C0=96(3) C1=96(3)}. */
    private String cpuPartial() {
        StringBuilder text = new StringBuilder();
        int cpus = layout.request().settings().cpus();
        int sum = 0;
        for (int cpu = 0; cpu < cpus; cpu++) {
            int slabs = cache.engine().partialSlabs(cpu);
            sum += slabs;
            text.append(slabs == 0 ? "" : " C" + cpu + "=" + halfFull(slabs));
        }
        return halfFull(sum) + text + "\n";
    }

    private String halfFull(int slabs) {
        return String.format(Locale.ROOT, "%d(%d)", slabs * layout.objectsPerSlab() / 2, slabs);
    }

    private static long inuseOnList(NodeSlabs node) {
        long[] sum = new long[1];
        node.forEachPartial(slab -> sum[0] += SlabWord.inuse(slab.wordAcquire()));
        return sum[0];
    }

    /** The slabs that the engine has taken for CPUs, by node. */
    private static final class EngineSlabs implements SlabEngine.Visitor {
        private final long[] byNode;

        EngineSlabs(KmemCache cache) {
            byNode = new long[cache.slabs().nodes()];
            cache.engine().visit(this);
        }

        long[] byNode() {
            return byNode;
        }

        @Override
        public void holds(Slab slab, String where) {
            byNode[slab.node]++;
        }

        @Override
        public void keeps(Slab slab, int object) {}
    }
}
