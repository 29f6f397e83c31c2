/** Per-CPU slots, page caches and the percpu allocator. */
module org.mm4j.percpu {
    requires static org.jspecify;
    requires transitive org.mm4j.api;

    exports org.mm4j.percpu;
}
