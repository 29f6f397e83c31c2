package org.mm4j.slab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The texts of /proc/slabinfo and /sys/kernel/slab. */
class SlabTextTest {
    private final TestSlabs machine = TestSlabs.onCpus(2);
    private final Kmalloc kmalloc = new Kmalloc(machine.slabs);

    private static String recorded() throws IOException {
        try (InputStream in = SlabTextTest.class.getResourceAsStream("slabinfo-sample.txt")) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /** A line as the snapshot that it shows. */
    private static KmemCacheSnapshot parsed(String line) {
        String[] words = line.trim().split("\\s+");
        SlabLayout like = Machine.layout(64, 0);
        int pages = Integer.parseInt(words[5]);
        SlabLayout layout = new SlabLayout(
                like.request(),
                1,
                Integer.parseInt(words[3]),
                8,
                0,
                0,
                8,
                Integer.numberOfTrailingZeros(pages),
                0,
                Integer.parseInt(words[4]),
                1,
                5,
                0,
                0,
                0);
        return new KmemCacheSnapshot(
                words[0],
                List.of(),
                layout,
                1,
                1,
                Long.parseLong(words[2]),
                Long.parseLong(words[1]),
                Long.parseLong(words[14]),
                0,
                0,
                0);
    }

    @Test
    @DisplayName("C81 slabinfo is printed as a real Linux prints it, byte for byte")
    void slabinfoOfARealMachine() throws IOException {
        String text = recorded();
        List<KmemCacheSnapshot> caches = new ArrayList<>();
        text.lines().skip(2).forEach(line -> caches.add(parsed(line)));
        assertThat(caches).hasSizeGreaterThan(50);
        assertThat(SlabInfoText.of(caches)).isEqualTo(text.endsWith("\n") ? text : text + "\n");
    }

    @Test
    void slabinfoShowsTheNewestCacheFirstAndNoAlias() {
        machine.create("older", 200);
        KmemCache newer = machine.create("newer", 1000);
        machine.create("alias", 200);
        newer.alloc(GFP_KERNEL);
        List<String> lines = SlabInfoText.of(machine.slabs.snapshot()).lines().toList();
        assertThat(lines.get(2))
                .isEqualTo("newer                 16     16   1000   16    4 : tunables    0    0    0"
                        + " : slabdata      1      1      0");
        assertThat(lines.get(3)).startsWith("older                  0      0    200   20    1 :");
        assertThat(lines.get(4)).startsWith("kmalloc-cg-8k          0      0   8192    4    8 :");
        assertThat(lines).hasSize(2 + 2 + 52);
    }

    @Test
    @DisplayName("the files of a cache of kmalloc are those of a real Linux")
    void attributesOfKmalloc64() {
        Map<String, String> files =
                SlabAttributes.of(machine.slabs.find("kmalloc-64").orElseThrow());
        assertThat(String.join(" ", files.keySet()))
                .isEqualTo("slab_size object_size align objs_per_slab order sheaf_capacity min_partial cpu_partial"
                        + " objects_partial partial cpu_slabs ctor aliases hwcache_align reclaim_account destroy_by_rcu"
                        + " shrink slabs_cpu_partial total_objects objects slabs sanity_checks trace red_zone poison"
                        + " store_user validate cache_dma remote_node_defrag_ratio usersize failslab skip_kfence");
        assertThat(files)
                .containsEntry("object_size", "64\n")
                .containsEntry("slab_size", "64\n")
                .containsEntry("align", "64\n")
                .containsEntry("order", "0\n")
                .containsEntry("objs_per_slab", "64\n")
                .containsEntry("min_partial", "5\n")
                .containsEntry("cpu_partial", "120\n")
                .containsEntry("sheaf_capacity", "0\n")
                .containsEntry("aliases", "0\n")
                .containsEntry("remote_node_defrag_ratio", "100\n")
                .containsEntry("usersize", "64\n")
                .containsEntry("objects", "0\n")
                .containsEntry("slabs_cpu_partial", "0(0)\n")
                .containsEntry("ctor", "")
                .containsEntry("shrink", "")
                .containsEntry("validate", "");
    }

    @Test
    void attributesCountObjectsAndSlabs() {
        TestSlabs two = new TestSlabs(
                SlabConfig.ofCpus(2).withCpus(_ -> 0).withNodes(2, cpu -> cpu).withFreelists(false, false));
        KmemCache cache = two.create("things", 512, KmemCacheArgs.NONE.withCtor(_ -> {}));
        two.create("other", 512, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_RECLAIM_ACCOUNT));
        int each = cache.layout().objectsPerSlab();
        List<Long> objects = new ArrayList<>();
        for (int i = 0; i < 3 * each; i++) {
            objects.add(cache.alloc(GFP_KERNEL));
        }
        cache.free(objects.get(0));
        cache.free(objects.get(each));
        Map<String, String> files = SlabAttributes.of(cache);
        int all = 3 * each;
        assertThat(files)
                .containsEntry("slabs", "3 N0=3\n")
                .containsEntry("total_objects", all + " N0=" + all + "\n")
                .containsEntry("objects", all + " N0=" + all + "\n")
                .containsEntry("cpu_slabs", "3 N0=3\n")
                .containsEntry("slabs_cpu_partial", each + "(2) C0=" + each + "(2)\n")
                .containsEntry("partial", "0\n");
        assertThat(files.get("ctor")).contains("SlabTextTest").endsWith("\n");
        assertThat(cache.shrink()).isTrue();
        assertThat(SlabAttributes.of(cache))
                .containsEntry("partial", "2 N0=2\n")
                .containsEntry("objects_partial", (2 * each - 2) + " N0=" + (2 * each - 2) + "\n")
                .containsEntry("objects", (all - 2) + " N0=" + (all - 2) + "\n")
                .containsEntry("slabs_cpu_partial", "0(0)\n");
        assertThat(SlabAttributes.of(two.slabs.find("other").orElseThrow())).containsEntry("reclaim_account", "1\n");
    }

    @Test
    void pagesAreCountedByKind() {
        assertThat(machine.slabs.pages(0)).isEqualTo(new SlabPageCounts(0, 0));
        kmalloc.kmalloc(8192, GFP_KERNEL);
        kmalloc.kmalloc(100, GFP_KERNEL | __GFP_RECLAIMABLE);
        assertThat(machine.slabs.pages(0)).isEqualTo(new SlabPageCounts(1, 8));
        assertThat(machine.slabs.pages(0).sum()).isEqualTo(9);
        assertThat(machine.slabs.find("kmalloc-7")).isEmpty();
    }
}
