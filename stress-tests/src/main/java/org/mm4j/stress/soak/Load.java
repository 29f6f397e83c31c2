package org.mm4j.stress.soak;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;

/**
 * Who works, and at what.
 *
 * @param virtualThreads how many virtual threads there are at a time
 * @param platformThreads how many platform threads
 * @param gfp with what flags pages and objects are asked for, one of them each time
 * @param vmallocs of a thousand requests so many are for vmalloc
 * @param percpus and so many for percpu memory
 * @param subsystems of a thousand steps so many use something else of the kernel
 */
record Load(int virtualThreads, int platformThreads, int[] gfp, int vmallocs, int percpus, int subsystems) {
    /** Thousands of threads, most of which own no slot; memory becomes short. */
    static final Load THREADS = new Load(1000, 4, new int[] {Gfp.GFP_NOWAIT}, 10, 10, 20);

    /** So few threads that memory never becomes short: what fails was made to. */
    static final Load FAULTS = new Load(
            0,
            4,
            new int[] {
                Gfp.GFP_KERNEL,
                Gfp.GFP_NOWAIT,
                Gfp.GFP_ATOMIC,
                Gfp.GFP_NOFS,
                Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN,
                Gfp.GFP_KERNEL | Gfp.__GFP_RETRY_MAYFAIL,
                Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL
            },
            100,
            50,
            100);

    int threads() {
        return virtualThreads + platformThreads;
    }

    /** Something new, or null. */
    @Nullable
    Block alloc(FaultLedger ledger, Kernel kernel, SplittableRandom random, long stamp) {
        int what = random.nextInt(1000);
        int flags = gfp[random.nextInt(gfp.length)];
        boolean mustNotFail = (flags & Gfp.__GFP_NOFAIL) != 0;
        if (what < vmallocs) {
            long bytes = 4096L * (1 + random.nextInt(8));
            return ledger.take(() -> Block.vmalloc(kernel, bytes, stamp), FaultPoint.FAIL_MAP);
        }
        if (what < vmallocs + percpus) {
            int bytes = 8 << random.nextInt(6);
            return ledger.take(() -> Block.percpu(kernel, bytes, stamp));
        }
        if (what < 600) {
            int order = random.nextInt(mustNotFail ? 2 : 4);
            return got(
                    mustNotFail,
                    ledger.take(() -> Block.pages(kernel, order, flags, stamp), FaultPoint.FAIL_PAGE_ALLOC));
        }
        int bytes = 8 << random.nextInt(11);
        return got(mustNotFail, ledger.take(() -> Block.kmalloc(kernel, bytes, flags, stamp), FaultPoint.FAILSLAB));
    }

    private static @Nullable Block got(boolean mustNotFail, @Nullable Block block) {
        if (mustNotFail && block == null) {
            throw new AssertionError("a request that must not fail has failed");
        }
        return block;
    }
}
