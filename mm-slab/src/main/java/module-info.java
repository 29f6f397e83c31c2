/** SLUB, the slab allocator. */
module org.mm4j.slab {
    requires static org.jspecify;
    requires transitive org.mm4j.api;

    exports org.mm4j.slab;
}
