/** Physical memory for the kernels of mm4j: a memfd with a direct map, or an arena where there is no memfd. */
module org.mm4j.memory {
    requires static org.jspecify;
    requires transitive org.mm4j.api;

    exports org.mm4j.memory;
}
