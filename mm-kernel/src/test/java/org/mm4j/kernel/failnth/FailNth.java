package org.mm4j.kernel.failnth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.mm4j.api.FaultTask;
import org.mm4j.kernel.CpuOptions;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.SlabOptions;
import org.mm4j.slab.SlabEngineKind;

/**
 * Every call that can fail on the way through a scenario fails once: the first, then the second, until none is left. Each
 * failure is seen by the caller or absorbed by a fallback that is named, the kernel is valid, and nothing is lost.
 *
 * @param config of the kernels, a new one for each call that fails
 * @param absorbed where a fault may be seen by nobody
 */
record FailNth(KernelConfig config, Set<FaultPoint> absorbed) {
    private static final int CALLS_MAX = 3000;

    /** Over small kernels, where locks and pages have something in their place always. */
    static FailNth absorbing(FaultPoint... more) {
        EnumSet<FaultPoint> absorbed = EnumSet.of(FaultPoint.FAIL_TRYLOCK, FaultPoint.FAIL_PAGE_ALLOC);
        absorbed.addAll(List.of(more));
        return new FailNth(config(SlabEngineKind.CPU_SLAB), absorbed);
    }

    static KernelConfig config(SlabEngineKind engine) {
        return KernelConfig.ofBytes(16 << 20)
                .withSlab(SlabOptions.DEFAULT.withEngine(engine))
                .withCpus(CpuOptions.ofHost().withWorkers(false))
                .withFaults(true);
    }

    FailNth over(KernelConfig next) {
        return new FailNth(next, absorbed);
    }

    /** Returns where faults were. */
    Set<FaultPoint> everyCall(Consumer<FailNthUser> scenario) {
        EnumSet<FaultPoint> reached = EnumSet.noneOf(FaultPoint.class);
        int n = 1;
        while (hasFailed(scenario, n, reached)) {
            n++;
            assertThat(n).as("calls that can fail").isLessThan(CALLS_MAX);
        }
        assertThat(n).as("calls that can fail").isGreaterThan(1);
        return reached;
    }

    /** Whether there was an n-th call that could fail. */
    private boolean hasFailed(Consumer<FailNthUser> scenario, int n, Set<FaultPoint> reached) {
        Kernel kernel = Kernel.boot(config);
        FailNthUser user = new FailNthUser(kernel);
        FaultTask.setFailNth(n);
        try {
            scenario.accept(user);
        } catch (Throwable e) {
            throw new AssertionError("call " + n + ", fault at " + user.faults(), e);
        } finally {
            FaultTask.setFailNth(0);
        }
        String where = "call " + n + ", fault at " + user.faults();
        if (user.failures() > 0) {
            assertThat(user.faults()).as("%s: a failure without a fault", where).hasSize(1);
        } else {
            assertThat(absorbed).as("%s: seen by nobody", where).containsAll(user.faults());
        }
        reached.addAll(user.faults());
        expectNothingLost(kernel, where);
        return !user.faults().isEmpty();
    }

    private static void expectNothingLost(Kernel kernel, String where) {
        assertThat(kernel.validate()).as(where).isEmpty();
        kernel.vmalloc().vmUnmapAliases(); // deferred areas go with the next call whose trylock succeeds
        kernel.drainAllPages();
        assertThat(kernel.pagesInUse()).as("%s: pages in use", where).isZero();
        kernel.close();
        assertThat(kernel.log().lines())
                .as(where)
                .noneMatch(line -> line.contains("closed with") || line.contains("still live"));
    }
}
