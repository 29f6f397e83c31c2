/** The zoned buddy page allocator. It knows page frames by number and needs no memory behind them. */
module org.mm4j.buddy {
    requires static org.jspecify;
    requires transitive org.mm4j.api;

    exports org.mm4j.buddy;
}
