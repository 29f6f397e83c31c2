package org.mm4j.kernel.arena;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * A batch of arenas ends once, when the last has left and nobody can join any more, and whoever ends it sees what the
 * others did. Members leave by an atomic addition ([arena-batch.R1], [arena-batch.A1]); an idle batch is sealed by a
 * compare-and-set ([arena-batch.A2]), and so is one of a kernel that closes ([arena-batch.A3]).
 *
 * Run:  stress-tests/run KernelArena_01      (about 30 s)
 */
public class KernelArena_01_LastLeaves {
    private KernelArena_01_LastLeaves() {}

    /** The two places of a batch are taken, so that it is sealed. */
    abstract static class Full {
        final BatchMembers<String> members = new BatchMembers<>(2);
        final int[] written = new int[2];

        Full() {
            members.tryJoin();
            members.tryJoin();
        }

        /** What both wrote, seen by the one who ends it; 0 for the other. */
        int leave(int place) {
            written[place] = place + 1;
            return members.leave(place) ? written[0] + written[1] : 0;
        }
    }

    /*
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Leave                                  0, 3      438,397   76.7218%  acceptable
     *                                          3, 0      133,014   23.2782%  acceptable
     *   LeaveTwin                              0, 3       72,672   49.3951%  acceptable
     *                                          3, 0       27,303   18.5578%  acceptable
     *                                          3, 3       47,149   32.0471%  interesting
     */
    @JCStressTest
    @Outcome(
            id = {"0, 3", "3, 0"},
            expect = ACCEPTABLE,
            desc = "the last one ends it, and sees what both wrote")
    @Outcome(expect = FORBIDDEN, desc = "nobody or both end it, or a write is missed")
    @State
    public static class Leave extends Full {
        @Actor
        public void first(II_Result r) {
            r.r1 = leave(0);
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = leave(1);
        }
    }

    /** The twin leaves, and looks afterwards. */
    @JCStressTest
    @Outcome(
            id = {"0, 3", "3, 0"},
            expect = ACCEPTABLE,
            desc = "the last one ends it, and sees what both wrote")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "both end it")
    @State
    public static class LeaveTwin extends Full {
        @Override
        int leave(int place) {
            written[place] = place + 1;
            members.leave(place);
            return members.isOver() ? written[0] + written[1] : 0;
        }

        @Actor
        public void first(II_Result r) {
            r.r1 = leave(0);
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = leave(1);
        }
    }

    /*
     * One joins and leaves while another one ends what is idle: the batch is ended once, and never under a member. The twin
     * looks whether the batch is idle, and then seals it.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Idle                                      1      550,931  100.0000%  acceptable
     *   IdleTwin                                  1      494,227   98.9000%  acceptable
     *                                             2        5,504    1.1000%  interesting
     */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "ended once")
    @Outcome(expect = FORBIDDEN, desc = "ended twice, or under a member")
    @State
    public static class Idle {
        private final BatchMembers<String> members = new BatchMembers<>(8);
        private final AtomicInteger ends = new AtomicInteger();

        @Actor
        public void joins() {
            int place = members.tryJoin();
            if (place != BatchMembers.NONE) {
                if (members.isOver()) {
                    ends.addAndGet(10);
                }
                end(members.leave(place));
            }
        }

        @Actor
        public void seals() {
            end(members.trySealIdle() || members.seal());
        }

        private void end(boolean isMine) {
            if (isMine) {
                ends.incrementAndGet();
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = ends.get();
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "ended once")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "ended twice, or under a member")
    @State
    public static class IdleTwin {
        private final BatchMembers<String> members = new BatchMembers<>(8);
        private final AtomicInteger ends = new AtomicInteger();

        @Actor
        public void joins() {
            int place = members.tryJoin();
            if (place != BatchMembers.NONE) {
                if (members.isOver()) {
                    ends.addAndGet(10);
                }
                end(members.leave(place));
            }
        }

        @Actor
        public void seals() {
            boolean isIdle = members.isIdle();
            boolean isOver = members.seal();
            end(isIdle || isOver);
        }

        private void end(boolean isMine) {
            if (isMine) {
                ends.incrementAndGet();
            }
        }

        @Arbiter
        public void after(I_Result r) {
            r.r1 = ends.get();
        }
    }
}
