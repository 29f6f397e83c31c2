package org.mm4j.api;

import java.util.List;

/**
 * One area of virtual addresses at one moment. Racy against its end: it may be freed the moment after.
 *
 * <p>In Linux 6.18: a line of /proc/vmallocinfo.
 *
 * @param address the first one
 * @param bytes with the guard page, if it has one
 * @param caller who asked for it; empty where nobody notes it
 * @param pages frames that belong to it; 0 when they are somebody else's
 * @param words what it is, in the kernel's words: {@code vmalloc}, {@code vmap}, {@code user}, {@code ioremap}, {@code
 *     vm_map_ram}, or {@code unpurged vm_area} when it is freed and its addresses are not used again yet
 * @param pagesByNode of its frames, by node
 */
public record VirtualAreaSnapshot(
        long address, long bytes, String caller, long pages, List<String> words, List<Long> pagesByNode) {
    /** Copies the lists. */
    public VirtualAreaSnapshot {
        words = List.copyOf(words);
        pagesByNode = List.copyOf(pagesByNode);
    }

    /** Whether it is freed, and only its addresses wait. */
    public boolean isUnpurged() {
        return words.contains("unpurged vm_area");
    }
}
