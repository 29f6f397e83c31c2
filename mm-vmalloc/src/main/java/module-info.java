/** Virtually contiguous memory from scattered frames. */
module org.mm4j.vmalloc {
    requires static org.jspecify;
    requires transitive org.mm4j.api;
    requires transitive org.mm4j.memory;
    requires org.jctools.core.jdk11;

    exports org.mm4j.vmalloc;
}
