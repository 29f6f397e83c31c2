package org.mm4j.slab;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.foreign.ValueLayout;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.stress.Pause;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/*
 * An object of a cache with SLAB_TYPESAFE_BY_RCU may be freed and used again while somebody looks at it in a section, but
 * as an object of the same cache: the pages stay with it until the section is over ([rcu.R1], [rcu.A1]).
 *
 *    reader                              owner
 *    section {                           published = 0
 *        published?                      free the last object of the slab: the slab goes
 *        read the object                 the page, to somebody who writes
 *    }
 *
 * The object is not protected by that, only its kind: who finds one must look whether it is still the one that he was
 * looking for.
 *
 * Run:  stress-tests/run Rcu_06
 */
public class Rcu_06_Typesafe {
    private static final SlabRig TYPESAFE = new SlabRig(SlabFlags.SLAB_TYPESAFE_BY_RCU);
    private static final SlabRig ORDINARY = new SlabRig();
    private static final int OURS = 7;
    private static final int THEIRS = 9;
    private static final int PLACE = 64;

    static {
        TYPESAFE.cache.tuning().setMinPartial(0);
        ORDINARY.cache.tuning().setMinPartial(0);
    }

    private Rcu_06_Typesafe() {}

    /** An object that can be found, the only one in use of its slab. */
    private static final class Published {
        private final SlabRig rig;
        private final Slab slab;
        private final long offset;
        private int published = 1;
        private long pfnOfOther = PageFrame.NONE;

        Published(SlabRig rig) {
            this.rig = rig;
            slab = rig.full();
            offset = rig.cache.memory().address(slab, 1) - rig.memory.directMapAddress() + PLACE;
            write(offset, OURS);
        }

        private void write(long at, int value) {
            rig.memory.directMap().set(ValueLayout.JAVA_INT, at, value);
        }

        void read(II_Result r) {
            int section = rig.rcu.readLock();
            r.r1 = published;
            Pause.spins(20);
            r.r2 = rig.memory.directMap().get(ValueLayout.JAVA_INT, offset);
            rig.rcu.readUnlock(section);
        }

        void unpublishAndFree() {
            published = 0;
            for (int object = 1; object < slab.objects; object++) {
                rig.cache.memory().setNext(slab, object, object + 1);
            }
            rig.cache.slabs().freelists().free(slab, 1, slab.objects, slab.objects, true);
            rig.rcu.work();
            pfnOfOther = rig.pages.allocPages(Gfp.GFP_KERNEL, 0);
            write((pfnOfOther << PageFrame.PAGE_SHIFT) + offset % PageFrame.PAGE_SIZE, THEIRS);
        }

        void end() {
            rig.rcu.barrier();
            rig.pages.freePages(pfnOfOther, 0);
        }
    }

    /*
     * Whether the reader found the object, and what it read. The twin's cache has no such flag, and gives pages back at
     * once.
     *
     * 2-core x86_64, Temurin 25              RESULT      SAMPLES       FREQ  EXPECT
     *   Page                                   0, 7       60,626   30.0017%  acceptable
     *                                          0, 9       51,161   25.3178%  acceptable
     *                                          1, 7       90,288   44.6804%  acceptable
     *                                          1, 9            0    0.0000%  forbidden
     *   PageTwin                               0, 7           92    0.0196%  acceptable
     *                                          0, 9      241,728   51.5399%  acceptable
     *                                          1, 7      226,938   48.3865%  acceptable
     *                                          1, 9          253    0.0539%  interesting
     */
    @JCStressTest
    @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = "the reader found nothing any more, and is promised nothing")
    @Outcome(id = "1, 7", expect = ACCEPTABLE, desc = "it found the object, which is one still")
    @Outcome(id = "1, 9", expect = FORBIDDEN, desc = "it found the object, and the page is somebody else's")
    @State
    public static class Page {
        private final Published object = new Published(TYPESAFE);

        @Actor
        public void reader(II_Result r) {
            object.read(r);
        }

        @Actor
        public void owner() {
            object.unpublishAndFree();
        }

        @Arbiter
        public void after() {
            object.end();
        }
    }

    @JCStressTest
    @Outcome(id = "0, .*", expect = ACCEPTABLE, desc = "the reader found nothing any more, and is promised nothing")
    @Outcome(id = "1, 7", expect = ACCEPTABLE, desc = "it found the object, which is one still")
    @Outcome(
            id = "1, 9",
            expect = ACCEPTABLE_INTERESTING,
            desc = "it found the object, and the page is somebody else's")
    @State
    public static class PageTwin {
        private final Published object = new Published(ORDINARY);

        @Actor
        public void reader(II_Result r) {
            object.read(r);
        }

        @Actor
        public void owner() {
            object.unpublishAndFree();
        }

        @Arbiter
        public void after() {
            object.end();
        }
    }
}
