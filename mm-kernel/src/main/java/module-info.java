/** The Kernel facade over all allocators. */
module org.mm4j.kernel {
    requires static org.jspecify;
    requires jdk.jfr;
    requires transitive java.management;
    requires com.github.benmanes.caffeine;
    requires transitive org.mm4j.api;
    requires transitive org.mm4j.memory;
    requires transitive org.mm4j.buddy;
    requires transitive org.mm4j.percpu;
    requires transitive org.mm4j.slab;
    requires transitive org.mm4j.vmalloc;

    exports org.mm4j.kernel;
    exports org.mm4j.kernel.arena;
    exports org.mm4j.kernel.memcg;
    exports org.mm4j.kernel.pagecache;
    exports org.mm4j.kernel.pools;
    exports org.mm4j.kernel.reclaim;
}
