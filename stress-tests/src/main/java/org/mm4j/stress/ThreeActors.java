package org.mm4j.stress;

import java.util.Locale;
import org.openjdk.jcstress.Main;

/**
 * jcstress for tests with more actors than the machine has CPUs: they share the CPUs, and meet when one is preempted or
 * yields.
 *
 * <pre>
 *   java -XX:ActiveProcessorCount=3 -cp jcstress.jar org.mm4j.stress.ThreeActors -af NONE -spinStyle THREAD_YIELD -t ...
 * </pre>
 *
 * <p>jcstress gives each actor a CPU of its own, and reads from the system which there are. On a system that it does not
 * know it takes the number that Java tells, binds no actor to a CPU, and leaves the rest to the scheduler. This class lets
 * it believe that it does not know this one; the JVMs that run the tests hear nothing of it.
 */
public final class ThreeActors {
    private static final String OS = "os.name";

    private ThreeActors() {}

    /** Takes the options of jcstress. */
    public static void main(String[] options) throws Exception {
        String known = System.getProperty(OS).toLowerCase(Locale.ROOT);
        System.setProperty(OS, known.contains("linux") ? "unknown" : known);
        Main.main(options);
    }
}
