package org.mm4j.kernel.pagecache;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/*
 * A page of a blob moves while somebody begins to read the blob. Whoever moves it has it alone ([blob.A1] after the last
 * reader's [blob.R1]); whoever reads it sees where it is now ([blob.A2] after the mover's [blob.R2]).
 *
 * Run:  stress-tests/run Blob_01      (about 15 s)
 */
public class Blob_01_MoveAgainstReader {
    private Blob_01_MoveAgainstReader() {}

    /*
     * The twin looks whether somebody reads, and moves then.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   OnePage                                   7      499,731  100.0000%  acceptable
     *   OnePageTwin                              -1           60    0.0109%  interesting
     *                                             7      550,871   99.9891%  acceptable
     */
    @JCStressTest
    @Outcome(id = "7", expect = ACCEPTABLE, desc = "the blob's byte, here or there")
    @Outcome(expect = FORBIDDEN, desc = "a byte of a page that is not the blob's")
    @State
    public static class OnePage {
        private final BlobPages blob = new BlobPages(1, new long[] {1});
        private final int[] memory = {0, 7, 0};

        @Actor
        public void reads(I_Result r) {
            blob.tryAcquire();
            r.r1 = memory[(int) blob.pfns()[0]];
            blob.release();
        }

        @Actor
        public void moves() {
            if (blob.tryFreeze()) {
                memory[2] = memory[1];
                memory[1] = -1; // the old page is somebody else's
                blob.pfns()[0] = 2;
                blob.thaw();
            }
        }
    }

    @JCStressTest
    @Outcome(id = "7", expect = ACCEPTABLE, desc = "the blob's byte, here or there")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "a byte of a page that is not the blob's")
    @State
    public static class OnePageTwin {
        private final BlobPages blob = new LooseBlobPages(1, new long[] {1});
        private final int[] memory = {0, 7, 0};

        @Actor
        public void reads(I_Result r) {
            blob.tryAcquire();
            r.r1 = memory[(int) blob.pfns()[0]];
            blob.release();
        }

        @Actor
        public void moves() {
            if (blob.tryFreeze()) {
                memory[2] = memory[1];
                memory[1] = -1; // the old page is somebody else's
                blob.pfns()[0] = 2;
                blob.thaw();
            }
        }
    }
}
