/** The zoned buddy page allocator. */
module org.mm4j.buddy {
    requires static org.jspecify;
    requires transitive org.mm4j.api;
}
