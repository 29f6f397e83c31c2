/** The shared nouns of mm4j: request flags, zones, page frames, interfaces, snapshots and locks. No allocator. */
module org.mm4j.api {
    requires static transitive org.jspecify;

    exports org.mm4j.api;
    exports org.mm4j.api.trace;
}
