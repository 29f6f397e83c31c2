package org.mm4j.lab.replay;

import java.util.List;
import org.mm4j.api.NodeSnapshot;

/**
 * What a replay found.
 *
 * @param threads how many threads replayed
 * @param seconds the time that the first, observed round took
 * @param allocationsFailed allocations for which there was no memory
 * @param requestsRefused allocations whose flags the allocator refused
 * @param pagesLiveAtEnd pages that the replay held after the last step
 * @param leakedAfterTeardown pages that were free before the replay and are not after everything was freed, and percpu
 *     areas, objects and vmap areas that are still in use then
 * @param invariantViolations how often validation, before, between and after, found something broken
 * @param violations the first hundred of these
 * @param sizeClass how many of kmalloc's size classes were equal to the recorded ones
 * @param cacheSize how many sizes of named caches' slots were
 * @param vmapArea how many vmap areas were as large and as aligned as the recorded ones, and apart from all others
 * @param sizeClasses what the size classes of kmalloc were used for, the smallest first
 * @param nodes the kernel after the last step
 * @param slabinfo /proc/slabinfo after the last step
 * @param vmallocinfo /proc/vmallocinfo after the last step
 * @param samples the free memory over the replay
 * @param speed how fast it went
 */
public record ReplayOutcome(
        int threads,
        double seconds,
        long allocationsFailed,
        long requestsRefused,
        long pagesLiveAtEnd,
        long leakedAfterTeardown,
        long invariantViolations,
        List<String> violations,
        SizesCompared sizeClass,
        SizesCompared cacheSize,
        Checked vmapArea,
        List<SizeClassUse> sizeClasses,
        List<NodeSnapshot> nodes,
        String slabinfo,
        String vmallocinfo,
        List<FreeSample> samples,
        ReplaySpeed speed) {
    /** Copies the lists. */
    public ReplayOutcome {
        violations = List.copyOf(violations);
        sizeClasses = List.copyOf(sizeClasses);
        nodes = List.copyOf(nodes);
        samples = List.copyOf(samples);
    }
}
