package org.mm4j.kernel.memcg;

/**
 * How many pages of a group, with those below it, reclaim leaves alone.
 *
 * <p>In Linux 6.18: emin and elow of {@code struct page_counter}.
 *
 * @param minPages always
 * @param lowPages as long as something else can be freed
 */
public record CgroupProtection(long minPages, long lowPages) {
    /** Nothing is protected. */
    public static final CgroupProtection NONE = new CgroupProtection(0, 0);

    /** Whether nothing is protected. */
    public boolean isNone() {
        return minPages == 0 && lowPages == 0;
    }
}
