package org.mm4j.kernel;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.MemoryBlock;

/**
 * The texts of /sys/devices/system/memory/memoryN.
 *
 * <p>In Linux 6.18: drivers/base/memory.c. Differs: nothing can be written; see {@link Kernel#memoryBlocks}.
 */
final class MemoryBlockFiles {
    private MemoryBlockFiles() {}

    /** By file name. */
    static Map<String, String> of(MemoryBlock block) {
        boolean hasOneZone = block.zones().size() == 1;
        String zones = block.zones().stream().map(ZoneType::kernelName).collect(Collectors.joining(" "));
        return Map.of(
                "phys_index",
                String.format(Locale.ROOT, "%08x\n", block.number()),
                "removable",
                "1\n", // as in the kernel, which has left it to those who try
                "state",
                block.isOnline() ? "online\n" : "offline\n",
                "valid_zones",
                (hasOneZone ? zones : "none") + "\n");
    }
}
