package org.mm4j.kernel;

import java.util.List;

/**
 * What a trim gave back, and what it could not.
 *
 * <p>In Linux 6.18: nothing; mm/page_reporting.c returns free blocks to a hypervisor without a word.
 *
 * @param bytesReturned what the host has got back; 0 where it takes nothing before the kernel closes
 * @param before usage before
 * @param after usage after it
 * @param pins who keeps the rest, one sentence each, those with the most pages first
 */
public record TrimReport(long bytesReturned, MemoryUsage before, MemoryUsage after, List<String> pins) {
    /** Copies the list. */
    public TrimReport {
        pins = List.copyOf(pins);
    }

    @Override
    public String toString() {
        String pinned = pins.isEmpty() ? "nothing is pinned" : String.join("\n  ", pins);
        return (bytesReturned >> 10) + " KiB returned to the host\n  " + pinned + "\n" + after;
    }
}
