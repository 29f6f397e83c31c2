/** The mm command. */
module org.mm4j.lab {
    requires static org.jspecify;
    requires HdrHistogram;
    requires org.mm4j.api;
    requires org.mm4j.buddy;
    requires org.mm4j.kernel;
}
