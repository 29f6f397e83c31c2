package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * A reader may take a bank, lose its processor for a whole grace period, and count itself only then, in the bank where
 * nobody should be any more. The next grace period waits for it all the same ([rcu.A1] in both banks). Here the reader
 * naps between the two steps of the shipped class, so that this happens often.
 *
 * Run:  stress-tests/run Rcu_02      (about 15 s)
 */
public class Rcu_02_Stragglers {
    private static final int READER_NAP = 8;
    private static final int WRITER_NAP = 16;
    private static final int READER_LOOK = 40;

    private Rcu_02_Stragglers() {}

    /** A section whose reader naps before it counts itself. */
    private static int readLate(Objects objects) {
        int section = objects.periods.section(0);
        Pause.spins(READER_NAP);
        objects.periods.enterSection(section);
        int content = objects.find(READER_LOOK);
        objects.periods.leave(section);
        return content;
    }

    /** A whole grace period, and some time later another one. */
    private static void write(Objects objects) {
        objects.pass();
        Pause.spins(WRITER_NAP);
        objects.replace();
    }

    /*
     * The twin changes the bank and waits for the old one, and does not look at the idle one before.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   BothBanks                                -1            0    0.0000%  forbidden
     *                                             1      299,761   59.9845%  acceptable
     *                                             2      199,970   40.0155%  acceptable
     *   BothBanksTwin                            -1           23    0.0295%  interesting
     *                                             1       50,444   64.6685%  acceptable
     *                                             2       27,537   35.3020%  acceptable
     */
    @JCStressTest
    @Outcome(
            id = {"1", "2"},
            expect = ACCEPTABLE,
            desc = "the reader found the old object or the new one")
    @Outcome(id = "-1", expect = FORBIDDEN, desc = "the object was freed while the reader looked at it")
    @State
    public static class BothBanks {
        private final Objects objects = new Objects(new GracePeriods(new ReaderCounts(1), AsymmetricBarrier.FENCES));

        @Actor
        public void reader(I_Result r) {
            r.r1 = readLate(objects);
        }

        @Actor
        public void writer() {
            write(objects);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1", "2"},
            expect = ACCEPTABLE,
            desc = "the reader found the old object or the new one")
    @Outcome(id = "-1", expect = ACCEPTABLE_INTERESTING, desc = "the object was freed while the reader looked at it")
    @State
    public static class BothBanksTwin {
        private final Objects objects = new Objects(new SingleFlip());

        @Actor
        public void reader(I_Result r) {
            r.r1 = readLate(objects);
        }

        @Actor
        public void writer() {
            write(objects);
        }
    }

    private static final class SingleFlip extends GracePeriods {
        SingleFlip() {
            super(new ReaderCounts(1), AsymmetricBarrier.FENCES);
        }

        @Override
        boolean areStragglersGone(int bank) {
            return true;
        }
    }
}
