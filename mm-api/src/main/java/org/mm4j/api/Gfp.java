package org.mm4j.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flags of an allocation request, one {@code int}: where the memory may lie, how hard the allocator may try, and
 * what it does with the pages before it hands them out. The names and the bits are the kernel's.
 *
 * <p>In Linux 6.18: include/linux/gfp_types.h, {@code gfp_t}. Differs: combinations that the kernel only warns about
 * are refused with a {@link BadGfpException}; tag-based sanitizers have no flags here.
 */
public final class Gfp {
    /** Memory that a 24-bit DMA engine reaches: zone {@link ZoneType#DMA}. */
    public static final int __GFP_DMA = 1 << 0;
    /** Memory that need not be in the direct map. Alone it means nothing on a 64-bit machine. */
    public static final int __GFP_HIGHMEM = 1 << 1;
    /** Memory that a 32-bit DMA engine reaches: zone {@link ZoneType#DMA32}. */
    public static final int __GFP_DMA32 = 1 << 2;
    /** The owner can move the pages later; with {@link #__GFP_HIGHMEM}, they may lie in {@link ZoneType#MOVABLE}. */
    public static final int __GFP_MOVABLE = 1 << 3;
    /** The pages can be given back by a shrinker. */
    public static final int __GFP_RECLAIMABLE = 1 << 4;
    /** An important request: it may use half of the reserve below the minimum watermark. */
    public static final int __GFP_HIGH = 1 << 5;
    /** Reclaim may start input and output. */
    public static final int __GFP_IO = 1 << 6;
    /** Reclaim may call into file systems. */
    public static final int __GFP_FS = 1 << 7;
    /** The pages are zeroed. */
    public static final int __GFP_ZERO = 1 << 8;
    /** The caller can wait while memory is reclaimed. */
    public static final int __GFP_DIRECT_RECLAIM = 1 << 10;
    /** kswapd is woken when memory runs low. */
    public static final int __GFP_KSWAPD_RECLAIM = 1 << 11;
    /** The caller will dirty the pages. */
    public static final int __GFP_WRITE = 1 << 12;
    /** No failure report. */
    public static final int __GFP_NOWARN = 1 << 13;
    /** Reclaim is tried again while there is progress, but the request may fail. */
    public static final int __GFP_RETRY_MAYFAIL = 1 << 14;
    /** The request never fails: it waits until there is memory. */
    public static final int __GFP_NOFAIL = 1 << 15;
    /** One light round of reclaim at the most. */
    public static final int __GFP_NORETRY = 1 << 16;
    /** All reserves may be used: the caller frees more than it takes. */
    public static final int __GFP_MEMALLOC = 1 << 17;
    /** The pages form one compound block, freed as a whole by its last reference. */
    public static final int __GFP_COMP = 1 << 18;
    /** No reserves, whatever else is asked for. */
    public static final int __GFP_NOMEMALLOC = 1 << 19;
    /** The request keeps to the nodes of the caller's cpuset. */
    public static final int __GFP_HARDWALL = 1 << 20;
    /** The requested node or none. */
    public static final int __GFP_THISNODE = 1 << 21;
    /** The pages are charged to the caller's memory cgroup. */
    public static final int __GFP_ACCOUNT = 1 << 22;
    /** Memory tags are zeroed too; printed for traces, without effect here. */
    public static final int __GFP_ZEROTAGS = 1 << 23;
    /** The object gets no extension; printed for traces, without effect here. */
    public static final int __GFP_NO_OBJ_EXT = 1 << 24;

    /** Both ways of reclaim. */
    public static final int __GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM;

    /** For callers that cannot wait and may use reserves. */
    public static final int GFP_ATOMIC = __GFP_HIGH | __GFP_KSWAPD_RECLAIM;
    /** For everyone who can wait: the usual choice. */
    public static final int GFP_KERNEL = __GFP_RECLAIM | __GFP_IO | __GFP_FS;
    /** {@link #GFP_KERNEL}, charged to the caller's memory cgroup. */
    public static final int GFP_KERNEL_ACCOUNT = GFP_KERNEL | __GFP_ACCOUNT;
    /** For callers that cannot wait and have a way to go on without memory. */
    public static final int GFP_NOWAIT = __GFP_KSWAPD_RECLAIM | __GFP_NOWARN;
    /** Waits, but starts no input or output. */
    public static final int GFP_NOIO = __GFP_RECLAIM;
    /** Waits, but calls no file system. */
    public static final int GFP_NOFS = __GFP_RECLAIM | __GFP_IO;
    /** For pages that user space and the kernel share. */
    public static final int GFP_USER = GFP_KERNEL | __GFP_HARDWALL;
    /** The lowest 16 MiB. */
    public static final int GFP_DMA = __GFP_DMA;
    /** The lowest 4 GiB. */
    public static final int GFP_DMA32 = __GFP_DMA32;
    /** For user pages that the kernel does not address. */
    public static final int GFP_HIGHUSER = GFP_USER | __GFP_HIGHMEM;
    /** For user pages that may be moved. */
    public static final int GFP_HIGHUSER_MOVABLE = GFP_HIGHUSER | __GFP_MOVABLE;
    /** For huge pages that are nice to have. */
    public static final int GFP_TRANSHUGE_LIGHT =
            (GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM;
    /** For huge pages that are worth waiting for. */
    public static final int GFP_TRANSHUGE = GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM;

    /** Names in the order in which the kernel prints them: composites first, then single bits. */
    private static final Map<String, Integer> NAMES = names();

    private static final int ZONE_MASK = __GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE;

    private static final int MOBILITY_MASK = __GFP_MOVABLE | __GFP_RECLAIMABLE;
    private static final int MOBILITY_SHIFT = 3;

    /** The zone that each combination of the four zone bits asks for; null where the combination is invalid. */
    private static final ZoneType[] ZONES = zones();

    private Gfp() {}

    /**
     * The highest zone that may serve the request.
     *
     * @throws BadGfpException when the zone bits contradict each other, as {@code __GFP_DMA|__GFP_HIGHMEM} do
     */
    public static ZoneType zone(int gfp) {
        ZoneType zone = ZONES[gfp & ZONE_MASK];
        if (zone == null) {
            throw new BadGfpException(gfp, "its zone flags " + format(gfp & ZONE_MASK) + " contradict each other");
        }
        return zone;
    }

    /**
     * The mobility of the pages that the request asks for.
     *
     * @throws BadGfpException when the request is both movable and reclaimable
     */
    public static MigrateType migrateType(int gfp) {
        int mobility = (gfp & MOBILITY_MASK) >>> MOBILITY_SHIFT;
        if (mobility >= MigrateType.PCPTYPES) {
            throw new BadGfpException(gfp, "a page is either __GFP_MOVABLE or __GFP_RECLAIMABLE, not both");
        }
        return MigrateType.of(mobility);
    }

    /** Whether the caller of such a request may be made to wait. In Linux 6.18: gfpflags_allow_blocking(). */
    public static boolean allowsBlocking(int gfp) {
        return (gfp & __GFP_DIRECT_RECLAIM) != 0;
    }

    /** Whether all of {@code flags} are set in {@code gfp}. */
    public static boolean has(int gfp, int flags) {
        return (gfp & flags) == flags;
    }

    /** The flags as the kernel prints them, {@code GFP_KERNEL|__GFP_ZERO}; unknown bits in hexadecimal, none as {@code none}. */
    public static String format(int gfp) {
        if (gfp == 0) {
            return "none";
        }
        List<String> words = new ArrayList<>();
        int rest = gfp;
        for (Map.Entry<String, Integer> name : NAMES.entrySet()) {
            int mask = name.getValue();
            if ((rest & mask) == mask) {
                words.add(name.getKey());
                rest &= ~mask;
            }
        }
        if (rest != 0) {
            words.add("0x" + Integer.toHexString(rest));
        }
        return String.join("|", words);
    }

    /**
     * Reads flags as {@link #format} writes them.
     *
     * @throws BadGfpException when a word is neither a flag's name nor a hexadecimal number
     */
    public static int parse(String text) {
        if (text.equals("none")) {
            return 0;
        }
        int gfp = 0;
        for (String word : text.split("\\|", -1)) {
            Integer mask = NAMES.get(word);
            gfp |= mask != null ? mask : parseHex(word, text);
        }
        return gfp;
    }

    private static int parseHex(String word, String text) {
        if (word.startsWith("0x")) {
            try {
                return Integer.parseUnsignedInt(word, 2, word.length(), 16);
            } catch (NumberFormatException e) {
                throw new BadGfpException("\"" + word + "\" in \"" + text + "\" is no number of 32 bits", e);
            }
        }
        throw new BadGfpException("\"" + word + "\" in \"" + text + "\" is no request flag of Linux 6.18", null);
    }

    private static ZoneType[] zones() {
        ZoneType[] zones = new ZoneType[ZONE_MASK + 1];
        zones[0] = ZoneType.NORMAL;
        zones[__GFP_DMA] = ZoneType.DMA;
        zones[__GFP_HIGHMEM] = ZoneType.NORMAL;
        zones[__GFP_DMA32] = ZoneType.DMA32;
        zones[__GFP_MOVABLE] = ZoneType.NORMAL;
        zones[__GFP_MOVABLE | __GFP_DMA] = ZoneType.DMA;
        zones[__GFP_MOVABLE | __GFP_HIGHMEM] = ZoneType.MOVABLE;
        zones[__GFP_MOVABLE | __GFP_DMA32] = ZoneType.DMA32;
        return zones;
    }

    private static Map<String, Integer> names() {
        Map<String, Integer> names = new LinkedHashMap<>();
        names.put("GFP_TRANSHUGE", GFP_TRANSHUGE);
        names.put("GFP_TRANSHUGE_LIGHT", GFP_TRANSHUGE_LIGHT);
        names.put("GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE);
        names.put("GFP_HIGHUSER", GFP_HIGHUSER);
        names.put("GFP_USER", GFP_USER);
        names.put("GFP_KERNEL_ACCOUNT", GFP_KERNEL_ACCOUNT);
        names.put("GFP_KERNEL", GFP_KERNEL);
        names.put("GFP_NOFS", GFP_NOFS);
        names.put("GFP_ATOMIC", GFP_ATOMIC);
        names.put("GFP_NOIO", GFP_NOIO);
        names.put("GFP_NOWAIT", GFP_NOWAIT);
        names.put("GFP_DMA", GFP_DMA);
        names.put("GFP_DMA32", GFP_DMA32);
        names.put("__GFP_RECLAIM", __GFP_RECLAIM);
        names.put("__GFP_DMA", __GFP_DMA);
        names.put("__GFP_HIGHMEM", __GFP_HIGHMEM);
        names.put("__GFP_DMA32", __GFP_DMA32);
        names.put("__GFP_MOVABLE", __GFP_MOVABLE);
        names.put("__GFP_RECLAIMABLE", __GFP_RECLAIMABLE);
        names.put("__GFP_HIGH", __GFP_HIGH);
        names.put("__GFP_IO", __GFP_IO);
        names.put("__GFP_FS", __GFP_FS);
        names.put("__GFP_ZERO", __GFP_ZERO);
        names.put("__GFP_DIRECT_RECLAIM", __GFP_DIRECT_RECLAIM);
        names.put("__GFP_KSWAPD_RECLAIM", __GFP_KSWAPD_RECLAIM);
        names.put("__GFP_WRITE", __GFP_WRITE);
        names.put("__GFP_NOWARN", __GFP_NOWARN);
        names.put("__GFP_RETRY_MAYFAIL", __GFP_RETRY_MAYFAIL);
        names.put("__GFP_NOFAIL", __GFP_NOFAIL);
        names.put("__GFP_NORETRY", __GFP_NORETRY);
        names.put("__GFP_MEMALLOC", __GFP_MEMALLOC);
        names.put("__GFP_COMP", __GFP_COMP);
        names.put("__GFP_NOMEMALLOC", __GFP_NOMEMALLOC);
        names.put("__GFP_HARDWALL", __GFP_HARDWALL);
        names.put("__GFP_THISNODE", __GFP_THISNODE);
        names.put("__GFP_ACCOUNT", __GFP_ACCOUNT);
        names.put("__GFP_ZEROTAGS", __GFP_ZEROTAGS);
        names.put("__GFP_NO_OBJ_EXT", __GFP_NO_OBJ_EXT);
        return names;
    }
}
