package org.mm4j.kernel;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.buddy.ZoneSettings;
import org.mm4j.buddy.ZoneSizing;
import org.mm4j.kernel.reclaim.CompactionOptions;

/**
 * The files of /proc/sys/vm that set something here, and their texts.
 *
 * <p>In Linux 6.18: mm/page_alloc.c, page_alloc_sysctl_table[]; mm/compaction.c, vm_compaction[].
 */
final class SysctlVm {
    private SysctlVm() {}

    /** By file name. What the settings leave to be computed is computed from the zones. */
    static Map<String, String> of(ZoneSettings settings, CompactionOptions compaction, List<NodeSnapshot> nodes) {
        return Map.of(
                "compaction_proactiveness", line(List.of(compaction.proactiveness())),
                "lowmem_reserve_ratio", line(settings.lowmemReserveRatio()),
                "min_free_kbytes", line(List.of(minFreeKbytes(settings, nodes))),
                "percpu_pagelist_high_fraction", line(List.of(settings.percpuPagelistHighFraction())),
                "watermark_boost_factor", line(List.of(settings.watermarkBoostFactor())),
                "watermark_scale_factor", line(List.of(settings.watermarkScaleFactor())));
    }

    private static String line(List<? extends Number> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining("\t", "", "\n"));
    }

    private static long minFreeKbytes(ZoneSettings settings, List<NodeSnapshot> nodes) {
        return settings.minFreeKbytes() == ZoneSettings.COMPUTED
                ? ZoneSizing.minFreeKbytes(
                        nodes.stream().mapToLong(SysctlVm::lowmemPages).sum())
                : settings.minFreeKbytes();
    }

    private static long lowmemPages(NodeSnapshot node) {
        return ZoneSizing.lowmemPages(
                node.zones().stream().mapToLong(ZoneSnapshot::pagesManaged).toArray());
    }
}
