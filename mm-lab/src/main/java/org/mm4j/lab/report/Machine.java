package org.mm4j.lab.report;

/**
 * What a replay ran on.
 *
 * @param cpus processors that the JVM may use
 * @param system the operating system and the kind of processor
 * @param jvm the Java virtual machine and its version
 */
public record Machine(int cpus, String system, String jvm) {
    /** This machine. */
    public static Machine here() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                property("os.name") + " " + property("os.version") + " on " + property("os.arch"),
                property("java.vm.name") + " " + property("java.vm.version"));
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }
}
