package org.mm4j.vmalloc;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/*
 * Who allocates an area fills it in while it lies between the others already, and then publishes it. Who finds it published
 * sees all of it: the owner's store of the state releases ([vmap.R1]) what the reader's load acquires ([vmap.A1]). In the
 * twins one of the two comes too early: the owner publishes before its last write, the reader looks at the frames before
 * it asks for the state.
 *
 * Run:  stress-tests/run VmapArea_01      (about 25 s)
 */
public class VmapArea_01_Publication {
    private static final long[] PFNS = {7, 9, 8};

    private VmapArea_01_Publication() {}

    private static VmapArea area() {
        return new VmapArea(1 << 20, 4 << 12, VmFlags.VM_ALLOC, VmapNode.NONE);
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Whole                             false, -1   16,357,050     95.21%  acceptable
     *                                       true, 3      823,641      4.79%  acceptable
     *   WholeTwin                         false, -1   17,106,613     95.47%  acceptable
     *                                       true, 0       59,775      0.33%  interesting
     *                                       true, 3      751,583      4.19%  acceptable
     */
    @JCStressTest
    @Outcome(id = "false, -1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "true, 3", expect = ACCEPTABLE, desc = "there, with its frames")
    @Outcome(expect = FORBIDDEN, desc = "there, without its frames")
    @State
    public static class Whole {
        private final VmapArea area = area();

        @Actor
        public void owner() {
            area.setPfns(PFNS);
            area.publish();
        }

        @Actor
        public void reader(ZI_Result r) {
            r.r1 = area.isPublished();
            r.r2 = r.r1 ? area.pfns().length : -1;
        }
    }

    @JCStressTest
    @Outcome(id = "false, -1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "true, 3", expect = ACCEPTABLE, desc = "there, with its frames")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "there, without its frames")
    @State
    public static class WholeTwin {
        private final VmapArea area = area();

        @Actor
        public void owner() {
            area.publish();
            area.setPfns(PFNS);
        }

        @Actor
        public void reader(ZI_Result r) {
            r.r1 = area.isPublished();
            r.r2 = r.r1 ? area.pfns().length : -1;
        }
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Order                              false, 0   16,852,397     95.47%  acceptable
     *                                      false, 3       46,860      0.27%  acceptable
     *                                       true, 3      752,474      4.26%  acceptable
     *   OrderTwin                          false, 0   16,879,892     95.35%  acceptable
     *                                      false, 3        2,330      0.01%  acceptable
     *                                       true, 0        8,876      0.05%  interesting
     *                                       true, 3      811,833      4.59%  acceptable
     */
    @JCStressTest
    @Outcome(id = "false, (0|3)", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "true, 3", expect = ACCEPTABLE, desc = "there, with its frames")
    @Outcome(expect = FORBIDDEN, desc = "there, without its frames")
    @State
    public static class Order {
        private final VmapArea area = area();

        @Actor
        public void owner() {
            area.setPfns(PFNS);
            area.publish();
        }

        @Actor
        public void reader(ZI_Result r) {
            r.r1 = area.isPublished();
            r.r2 = area.pfns().length;
        }
    }

    @JCStressTest
    @Outcome(id = "false, (0|3)", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "true, 3", expect = ACCEPTABLE, desc = "there, with its frames")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "there, without its frames")
    @State
    public static class OrderTwin {
        private final VmapArea area = area();

        @Actor
        public void owner() {
            area.setPfns(PFNS);
            area.publish();
        }

        @Actor
        public void reader(ZI_Result r) {
            r.r2 = area.pfns().length;
            r.r1 = area.isPublished();
        }
    }
}
