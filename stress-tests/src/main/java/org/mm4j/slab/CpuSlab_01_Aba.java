package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.HashSet;
import java.util.Set;
import org.mm4j.api.Gfp;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * A thread takes an object of the CPU's freelist while another one takes two and gives the first back: the head is what it
 * was, but its link is not. The tid in the word, one more with every change, tells ([cpuslab.R1], [cpuslab.A1]; the slab
 * beside it: [cpuslab.R2], [cpuslab.R3], [cpuslab.A3]). Nobody gets an object that somebody else has.
 *
 * The twin is the same list with the tid left out. Its first thread is slow, and the second one comes in the middle.
 *
 * Run:  stress-tests/run CpuSlab_01
 */
public class CpuSlab_01_Aba {
    private static final SlabRig RIG = new SlabRig();
    private static final KmemCache CACHE = RIG.cache;

    private static final int PAUSE = 30;

    private CpuSlab_01_Aba() {}

    /*
     * How many different objects the two hold in the end, and of the twin, how many owners the most wanted object has.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   TakeAgainstTakeTakeFree                   2      735,251  100.0000%  acceptable
     *   TakeAgainstTakeTakeFreeTwin               1      524,089   98.8000%  acceptable
     *                                             2        6,362    1.2000%  interesting
     */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "both have objects of their own")
    @Outcome(expect = FORBIDDEN, desc = "two have the same object")
    @State
    public static class TakeAgainstTakeTakeFree {
        private long one;
        private long other;

        @Actor
        public void takes() {
            one = CACHE.alloc(Gfp.GFP_KERNEL);
        }

        @Actor
        public void takesTwoAndFreesOne() {
            long first = CACHE.alloc(Gfp.GFP_KERNEL);
            other = CACHE.alloc(Gfp.GFP_KERNEL);
            CACHE.free(first);
        }

        @Arbiter
        public void after(I_Result r) {
            Set<Long> held = new HashSet<>();
            held.add(one);
            held.add(other);
            r.r1 = held.size();
            held.forEach(CACHE::free);
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "each object has one owner")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "an object has two owners")
    @State
    public static class TakeAgainstTakeTakeFreeTwin {
        private final LooseStack stack = new LooseStack();
        private int one;
        private int other;

        @Actor
        public void takes() {
            one = stack.takeSlowly(PAUSE);
        }

        @Actor
        public void takesTwoAndFreesOne() {
            Pause.spins(PAUSE / 2);
            int first = stack.take();
            other = stack.take();
            stack.free(first);
            Pause.spins(PAUSE / 2);
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = stack.mostOwners(one, other);
        }
    }
}
