package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.NodeSnapshot;

/**
 * Carries a plan out on a kernel: once observed, with samples and validation, then several times for speed; each time
 * everything is given back afterwards.
 */
public final class Replayer {
    private static final int SAMPLES = 400;
    private static final int VALIDATIONS = 8;
    private static final int STRIDE_MAX = 8192;
    private static final int VIOLATIONS_KEPT = 100;

    /** A round of that length is measured well enough, and is not repeated. */
    private static final long LONG_ROUND_NANOS = 2_000_000_000L;

    private final ReplayPlan plan;
    private final ReplayTarget target;
    private final ReplayOptions options;
    private final ReplayProgress progress;
    private final BlockTable table;
    private final int stride;
    private final List<FreeSample> samples = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private long violationsFound;
    private int strides;

    /** A replay of a plan that no step is done of yet. */
    public Replayer(ReplayPlan plan, ReplayTarget target, ReplayOptions options, ReplayProgress progress) {
        this.plan = plan;
        this.target = target;
        this.options = options;
        this.progress = progress;
        this.table = new BlockTable(plan.blocks());
        this.stride = Math.clamp(plan.ops() / SAMPLES, 1, STRIDE_MAX);
    }

    /** Replays. What the allocator throws is thrown on; then the kernel is left as it is. */
    public ReplayOutcome replay() throws InterruptedException {
        long pagesBefore = pagesNotInUse();
        long areasBefore = areasInUse();
        long objectsBefore = objectsInUse();
        validate();
        sample(0, 0);
        ReplayCaches caches = new ReplayCaches(plan.requests(), target.objects());
        ReplayVmaps vmaps = new ReplayVmaps(plan.vmaps(), target.vmaps());
        ReplayRound observed = new ReplayRound(plan, target, caches, vmaps, table, options.threads(), stride);
        observed.run(this::strideDone);
        List<NodeSnapshot> nodes = target.snapshot();
        String slabinfo = target.read("/proc/slabinfo");
        String vmallocinfo = target.read("/proc/vmallocinfo");
        progress.allDone();
        long pagesLiveAtEnd = observed.pagesLive();
        validate();
        observed.tearDown();
        validate();
        Checked vmapArea = vmaps.checked();
        ReplaySpeed speed = measure(observed, caches, vmaps);
        long objectsLeft = objectsInUse() - objectsBefore;
        caches.destroy();
        validate();
        vmaps.violations().forEach(this::tell);
        return new ReplayOutcome(
                options.threads(),
                observed.nanosRunning() / 1e9,
                observed.allocationsFailed(),
                observed.requestsRefused(),
                pagesLiveAtEnd,
                pagesBefore - pagesNotInUse() + areasInUse() - areasBefore + objectsLeft,
                violationsFound,
                violations,
                caches.sizeClass(),
                caches.cacheSize(),
                vmapArea,
                caches.sizeClasses(),
                nodes,
                slabinfo,
                vmallocinfo,
                samples,
                speed);
    }

    private long objectsInUse() {
        return target.objects().inUse() + target.vmaps().inUse();
    }

    private long pagesNotInUse() {
        return FreeMemory.pages(target.snapshot()) + target.pagesKept();
    }

    private long areasInUse() {
        return target.percpu().stats().counts().allocationsNow();
    }

    private void strideDone(int stepsDone, long pagesLive) {
        strides++;
        int stridesAll = (plan.ops() + stride - 1) / stride;
        if (strides % Math.max(1, stridesAll / SAMPLES) == 0 || stepsDone == plan.ops()) {
            sample(stepsDone, pagesLive);
        }
        if (strides % Math.max(1, stridesAll / VALIDATIONS) == 0) {
            validate();
        }
        progress.steps(stepsDone, plan.ops());
    }

    private void sample(int step, long pagesLive) {
        List<NodeSnapshot> nodes = target.snapshot();
        samples.add(new FreeSample(
                step, pagesLive, target.pagesKept(), FreeMemory.pagesCached(nodes), FreeMemory.pagesByOrder(nodes)));
    }

    private void validate() {
        target.validate().forEach(this::tell);
    }

    private void tell(String violation) {
        violationsFound++;
        if (violations.size() < VIOLATIONS_KEPT) {
            violations.add(violation);
        }
    }

    private ReplaySpeed measure(ReplayRound observed, ReplayCaches caches, ReplayVmaps vmaps)
            throws InterruptedException {
        boolean isLong = observed.nanosRunning() > LONG_ROUND_NANOS;
        if (plan.ops() == 0 || options.measureFor().isZero() || isLong) {
            return speedOf(observed);
        }
        SpeedTest single = new SpeedTest(plan, target, caches, vmaps, table, 1);
        single.run(options.measureFor());
        SpeedTest all = single;
        if (options.threads() > 1) {
            all = new SpeedTest(plan, target, caches, vmaps, table, options.threads());
            all.run(options.measureFor());
        }
        return speed(all.rounds(), all.eventsPerSecond(), single.eventsPerSecond(), all.latencies());
    }

    /** The speed of the observed round, whose clock stood while it was looked at. */
    private ReplaySpeed speedOf(ReplayRound observed) {
        Latencies latencies = new Latencies();
        observed.addLatenciesTo(latencies);
        double eventsPerSecond = SpeedTest.perSecond(plan.resolution().applied(), observed.nanosRunning());
        return speed(1, eventsPerSecond, options.threads() == 1 ? eventsPerSecond : 0, latencies);
    }

    private static ReplaySpeed speed(int rounds, double all, double single, Latencies latencies) {
        return new ReplaySpeed(rounds, all, single, latencies.ofBoth(), latencies.ofAlloc(), latencies.ofFree());
    }
}
