package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** LINUX-API.md: each method that it names is there for callers, and no function is forgotten. */
class LinuxApiTest {
    private static final Path PAGE = Path.of("LINUX-API.md");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");
    private static final List<String> PACKAGES = Stream.of(
                    "kernel", "kernel.pools", "kernel.reclaim", "api", "buddy", "percpu", "slab", "vmalloc")
            .map(name -> "org.mm4j." + name + ".")
            .toList();

    /** What the headers of 6.18 declare for others, by header. */
    private static final List<String> DECLARED = List.of(
            "alloc_pages alloc_pages_node __alloc_pages folio_alloc alloc_page __get_free_pages __get_free_page",
            "get_zeroed_page __get_dma_pages alloc_pages_bulk alloc_pages_bulk_node alloc_pages_exact alloc_pages_exact_nid",
            "free_pages_exact __free_pages free_pages __free_page free_page split_page alloc_contig_range alloc_contig_pages",
            "free_contig_range drain_all_pages gfpflags_allow_blocking alloc_pages_nolock free_pages_nolock",
            "kmem_cache_create kmem_cache_create_usercopy KMEM_CACHE kmem_cache_destroy kmem_cache_shrink kmem_cache_size",
            "kmem_cache_alloc kmem_cache_zalloc kmem_cache_alloc_node kmem_cache_alloc_lru kmem_cache_free kmem_cache_charge",
            "kmem_cache_alloc_bulk kmem_cache_free_bulk kmem_cache_prefill_sheaf kmem_cache_refill_sheaf",
            "kmem_cache_alloc_from_sheaf kmem_cache_return_sheaf kmem_cache_sheaf_size kmalloc kzalloc kmalloc_node",
            "kmalloc_array kcalloc kmalloc_track_caller kmalloc_large krealloc krealloc_array krealloc_node_align kvmalloc",
            "kvzalloc kvmalloc_node kvcalloc kvmalloc_array kvrealloc kvrealloc_node_align kfree kfree_sensitive kvfree",
            "kvfree_sensitive kfree_const ksize kmalloc_size_roundup kfree_rcu kvfree_rcu kfree_rcu_mightsleep",
            "kvfree_rcu_mightsleep kvfree_rcu_barrier kvfree_rcu_barrier_on_cache kmem_buckets_create kmem_buckets_alloc",
            "mempool_create_page_pool mempool_create_slab_pool mempool_create_kmalloc_pool mempool_alloc mempool_free",
            "mempool_alloc_preallocated mempool_alloc_bulk mempool_free_bulk mempool_resize mempool_destroy",
            "mempool_is_saturated page_frag_alloc page_frag_alloc_align page_frag_free page_frag_cache_drain",
            "cma_declare_contiguous cma_init_reserved_mem cma_alloc cma_release devm_kmalloc devm_kfree devm_add_action",
            "devm_add_action_or_reset devres_open_group devres_close_group devres_remove_group devres_release_group",
            "vmalloc vzalloc vmalloc_node vzalloc_node vmalloc_32 vmalloc_user vmalloc_huge __vmalloc __vmalloc_node_range",
            "vrealloc vfree vfree_atomic vmap vunmap vmap_pfn vm_map_ram vm_unmap_ram vm_unmap_aliases vmalloc_to_page",
            "vmalloc_to_pfn is_vmalloc_addr is_vmalloc_or_module_addr get_vm_area free_vm_area remove_vm_area find_vm_area",
            "vread_iter register_vmap_purge_notifier vm_area_map_pages vm_area_unmap_pages alloc_percpu alloc_percpu_gfp",
            "__alloc_percpu __alloc_percpu_gfp __alloc_reserved_percpu free_percpu per_cpu_ptr this_cpu_read this_cpu_write",
            "this_cpu_add this_cpu_add_return this_cpu_inc this_cpu_cmpxchg this_cpu_xchg is_kernel_percpu_address",
            "dma_pool_create dma_pool_alloc dma_pool_free memalloc_noio_save memalloc_nofs_save memalloc_noreclaim_save");

    @Test
    void everyMethodThatThePageNamesIsThere() throws IOException {
        List<String> missing = new ArrayList<>();
        int methods = 0;
        String home = "";
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("## Left out")) {
                break;
            } else if (line.startsWith("## ")) {
                home = names(line).findFirst().orElse("");
            } else if (line.startsWith("| `")) {
                for (String name : names(line.split("\\|")[2]).toList()) {
                    methods++;
                    if (!isThere(name.contains(".") ? name : home + "." + name)) {
                        missing.add(name);
                    }
                }
            }
        }
        assertThat(methods).isGreaterThan(150);
        assertThat(missing).as("methods of " + PAGE + " that do not exist").isEmpty();
    }

    @Test
    void everyFunctionHasItsMethodOrAReason() throws IOException {
        Set<String> written = new TreeSet<>();
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("| `")) {
                names(line.split("\\|")[1]).forEach(written::add);
                assertThat(line.split("\\|")[2]).as(line).isNotBlank();
            }
        }
        assertThat(written)
                .containsAll(DECLARED.stream()
                        .flatMap(names -> Stream.of(names.split(" ")))
                        .toList());
    }

    private static Stream<String> names(String text) {
        return NAME.matcher(text).results().map(found -> found.group(1));
    }

    private static boolean isThere(String name) {
        int dot = name.indexOf('.');
        Class<?> type = find(name.substring(0, dot));
        return type != null && Stream.of(type.getMethods()).anyMatch(method -> isFor(name.substring(dot + 1), method));
    }

    private static boolean isFor(String name, Method method) {
        return method.getName().equals(name) && Modifier.isPublic(method.getModifiers());
    }

    private static @Nullable Class<?> find(String simpleName) {
        for (String folder : PACKAGES) {
            try {
                Class<?> type = Class.forName(folder + simpleName);
                if (Modifier.isPublic(type.getModifiers())) {
                    return type;
                }
            } catch (ClassNotFoundException _) {
                // the next one
            }
        }
        return null;
    }
}
