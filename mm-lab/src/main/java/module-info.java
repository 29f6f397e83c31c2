/** The mm command. */
module org.mm4j.lab {
    requires static org.jspecify;
    requires HdrHistogram;
    requires com.google.gson;
    requires info.picocli;
    requires jdk.jfr;
    requires me.tongfei.progressbar;
    requires org.mm4j.api;
    requires org.mm4j.buddy;
    requires org.mm4j.kernel;
    requires org.mm4j.memory;
    requires org.mm4j.slab;
    requires org.mm4j.vmalloc;

    opens org.mm4j.lab to
            info.picocli,
            com.google.gson;
    opens org.mm4j.lab.fragment to
            com.google.gson;
    opens org.mm4j.lab.report to
            com.google.gson;
    opens org.mm4j.lab.replay to
            com.google.gson;
    opens org.mm4j.lab.stress to
            com.google.gson;
}
