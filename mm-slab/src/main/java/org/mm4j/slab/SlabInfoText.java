package org.mm4j.slab;

import java.util.List;
import java.util.Locale;

/**
 * The text of /proc/slabinfo, version 2.1: how many objects and slabs each cache has. {@code slabtop} and {@code vmstat -m}
 * read it.
 *
 * <p>In Linux 6.18: mm/slab_common.c, cache_show().
 */
public final class SlabInfoText {
    private static final String HEADER = "slabinfo - version: 2.1\n"
            + "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
            + " : tunables <limit> <batchcount> <sharedfactor>"
            + " : slabdata <active_slabs> <num_slabs> <sharedavail>\n";

    private SlabInfoText() {}

    /** A line for each cache under the name with which it was created first, in the order given. */
    public static String of(List<KmemCacheSnapshot> caches) {
        StringBuilder text = new StringBuilder(HEADER);
        caches.forEach(cache -> text.append(line(cache)));
        return text.toString();
    }

    private static String line(KmemCacheSnapshot cache) {
        SlabLayout layout = cache.layout();
        return String.format(
                Locale.ROOT,
                "%-17s %6d %6d %6d %4d %4d : tunables %4d %4d %4d : slabdata %6d %6d %6d\n",
                cache.name(),
                cache.objectsActive(),
                cache.objects(),
                layout.size(),
                layout.objectsPerSlab(),
                1 << layout.order(),
                0,
                0,
                0,
                cache.slabs(),
                cache.slabs(),
                0);
    }
}
