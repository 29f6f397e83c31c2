package org.mm4j.kernel;

import static org.mm4j.api.PageFrame.PAGE_SIZE;

import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.ApiRequest.Lifetime;
import org.mm4j.slab.KmallocType;
import org.mm4j.slab.SizeClasses;
import org.mm4j.slab.SlabLayout;
import org.mm4j.slab.SlabRequest;
import org.mm4j.slab.SlabSettings;

/**
 * What each allocation function would take for one request: the arithmetic of {@link ApiChoice}. A method may be called
 * for sizes that its function can serve, and no others.
 */
final class ApiOptions {
    /** The largest kmalloc, and the largest block of pages. */
    static final long KMALLOC_MAX = SizeClasses.MAX_SIZE;
    /** The largest block that is not costly. */
    static final long CHEAP_MAX = (long) PAGE_SIZE << PageFrame.PAGE_ALLOC_COSTLY_ORDER;
    /** What devm_kmalloc puts before the memory. In Linux 6.18: drivers/base/devres.c, struct devres. */
    static final int DEVRES_BYTES = 40;

    private final ApiRequest request;
    private final String gfp;
    private final SlabSettings slabs;

    /** Bytes of one block. */
    private final long bytes;

    /** How many blocks. */
    private final long blocks;

    private final boolean isArray;

    ApiOptions(ApiRequest request, String gfp, SlabSettings slabs) {
        this.request = request;
        this.gfp = gfp;
        this.slabs = slabs;
        isArray = request.count() > 1 && request.lifetime() == Lifetime.SHORT && !request.isUser();
        bytes = isArray ? request.bytesTotal() : request.bytes();
        blocks = isArray ? 1 : request.count();
    }

    // Slabs.

    ApiOption kmalloc(String why) {
        String api = isArray ? pick("kmalloc_array", "kcalloc") : pick("kmalloc", "kzalloc");
        return option(api, call(api), rcu("kfree"), kmallocWhat(bytes), SizeClasses.LINUX.roundUp(bytes), why);
    }

    ApiOption devm(String why) {
        String api = pick("devm_kmalloc", "devm_kzalloc");
        long inner = bytes + DEVRES_BYTES;
        return option(
                api,
                api + "(dev, " + bytes + ", " + gfp + ")",
                "nothing, the device does; devm_kfree before that",
                kmallocWhat(inner) + ", its first " + DEVRES_BYTES + " bytes for the list of the device",
                SizeClasses.LINUX.roundUp(inner),
                why);
    }

    ApiOption cache(String why) {
        String api = pick("kmem_cache_alloc", "kmem_cache_zalloc");
        return fromCache("kmem_cache_create, " + api, api + "(cache, " + gfp + ")", rcu("kmem_cache_free"), why);
    }

    ApiOption sheaf(String why) {
        return fromCache(
                "kmem_cache_prefill_sheaf, kmem_cache_alloc_from_sheaf",
                "kmem_cache_alloc_from_sheaf(cache, " + gfpZeroed() + ", sheaf)",
                "kmem_cache_free",
                why);
    }

    private ApiOption fromCache(String api, String call, String freeWith, String why) {
        SlabLayout layout = layout();
        long taken = (request.count() + layout.objectsPerSlab() - 1) / layout.objectsPerSlab();
        long bytesTaken = taken * ((long) PAGE_SIZE << layout.order());
        String what = plural(taken, "slab") + " of order " + layout.order() + ", each with "
                + plural(layout.objectsPerSlab(), "object") + " of " + layout.size() + " bytes";
        return new ApiOption(api, call, freeWith, what, bytesTaken, bytesTaken - request.bytesTotal(), why);
    }

    /** How many of the request's objects a slab of their own has; for up to {@link SizeClasses#MAX_CACHE_SIZE} bytes. */
    int objectsPerSlab() {
        return layout().objectsPerSlab();
    }

    private SlabLayout layout() {
        return SlabLayout.of(SlabRequest.of((int) request.bytes(), slabs));
    }

    private static String kmallocWhat(long bytes) {
        int index = SizeClasses.LINUX.index(bytes);
        return index == 0
                ? "a block of order " + PageFrame.order(bytes)
                : "an object of " + SizeClasses.LINUX.name(KmallocType.NORMAL, index);
    }

    // Pages.

    ApiOption pages(String why) {
        int order = PageFrame.order(bytes);
        String flags = order > 0 && request.isUser() ? gfpZeroed() + "|__GFP_COMP" : gfpZeroed();
        return option(
                "alloc_pages",
                "alloc_pages(" + flags + ", " + order + ")",
                "__free_pages",
                "a block of order " + order + ": " + plural(PageFrame.pages(order), "page"),
                (long) PAGE_SIZE << order,
                why);
    }

    ApiOption exact(String why) {
        return option(
                "alloc_pages_exact",
                "alloc_pages_exact(" + bytes + ", " + gfpZeroed() + ")",
                "free_pages_exact",
                plural(pagesOfBlock(), "page") + ", cut from a block of order " + PageFrame.order(bytes),
                pagesOfBlock() * PAGE_SIZE,
                why);
    }

    ApiOption contiguous(String why) {
        String zero = request.isZeroed() ? ", zeroed by the caller" : "";
        return option(
                "alloc_contig_pages",
                "alloc_contig_pages(" + pagesOfBlock() + ", " + gfp + ", nid, NULL)",
                "free_contig_range",
                plural(pagesOfBlock(), "page") + " in one piece" + zero,
                pagesOfBlock() * PAGE_SIZE,
                why);
    }

    ApiOption bulk(String why) {
        String call = "alloc_pages_bulk(" + gfpZeroed() + ", " + blocks + ", pages)";
        return option("alloc_pages_bulk", call, "__free_page", "a single page", PAGE_SIZE, why);
    }

    ApiOption userPages(String why) {
        String what = plural(pagesOfBlock(), "single page");
        return option(
                "alloc_page", "alloc_page(" + gfpZeroed() + ")", "__free_page", what, pagesOfBlock() * PAGE_SIZE, why);
    }

    // Virtual memory.

    ApiOption vmalloc(String why) {
        String api = isArray ? pick("vmalloc_array", "vcalloc") : pick("vmalloc", "vzalloc");
        String arguments = isArray ? request.count() + ", " + request.bytes() : Long.toString(bytes);
        return mapped(api, api + "(" + arguments + ")", rcu("vfree"), why);
    }

    ApiOption vmallocUser(String why) {
        return mapped("vmalloc_user", "vmalloc_user(" + bytes + ")", "vfree", why);
    }

    private ApiOption mapped(String api, String call, String freeWith, String why) {
        String what = plural(pagesOfBlock(), "page") + " mapped side by side, and one address page as a guard";
        return option(api, call, freeWith, what, pagesOfBlock() * PAGE_SIZE, why);
    }

    ApiOption kvmalloc(String why) {
        String api = isArray ? pick("kvmalloc_array", "kvcalloc") : pick("kvmalloc", "kvzalloc");
        boolean triesBlock = bytes <= KMALLOC_MAX;
        String pages = plural(pagesOfBlock(), "page") + " mapped side by side";
        String what = triesBlock ? kmallocWhat(bytes) + "; when there is none, " + pages : pages;
        long taken = triesBlock ? SizeClasses.LINUX.roundUp(bytes) : pagesOfBlock() * PAGE_SIZE;
        return option(api, call(api), rcu("kvfree"), what, taken, why);
    }

    // Devices.

    ApiOption dmaPool(String why) {
        long perPage = PAGE_SIZE / dmaBytes();
        long pages = (blocks + perPage - 1) / perPage;
        String what = plural(pages, "coherent page") + ", each with " + plural(perPage, "piece") + " of " + dmaBytes()
                + " bytes";
        String api = pick("dma_pool_alloc", "dma_pool_zalloc");
        String call = api + "(pool, " + gfp + ", &dma)";
        return new ApiOption(
                "dma_pool_create, " + api,
                call,
                "dma_pool_free",
                what,
                pages * PAGE_SIZE,
                pages * PAGE_SIZE - request.bytesTotal(),
                why);
    }

    /** A piece holds the link of a free list, and begins at a multiple of it. */
    private long dmaBytes() {
        return (bytes + SlabLayout.WORD_BYTES - 1) / SlabLayout.WORD_BYTES * SlabLayout.WORD_BYTES;
    }

    ApiOption dmaCoherent(String why) {
        return option(
                "dma_alloc_coherent",
                "dma_alloc_coherent(dev, " + bytes + ", &dma, " + gfp + ")",
                "dma_free_coherent",
                plural(pagesOfBlock(), "page") + " in one piece, always zeroed",
                pagesOfBlock() * PAGE_SIZE,
                why);
    }

    // What they share.

    private ApiOption option(String api, String call, String freeWith, String what, long bytesOfBlock, String why) {
        String all = blocks == 1 ? what : blocks + " times " + what;
        return new ApiOption(
                api, call, inTime(api, freeWith), all, blocks * bytesOfBlock, blocks * (bytesOfBlock - bytes), why);
    }

    /** Gives memory back when its lifetime ends, where the function itself does not see to that. */
    private String inTime(String api, String freeWith) {
        return switch (request.lifetime()) {
            case DEVICE -> api.startsWith("devm_") ? freeWith : freeWith + ", called by devm_add_action_or_reset";
            case RCU -> freeWith.endsWith("_rcu") ? freeWith : freeWith + ", called by call_rcu";
            case SHORT, LONG -> freeWith;
        };
    }

    private String call(String api) {
        String arguments = isArray ? request.count() + ", " + request.bytes() : Long.toString(bytes);
        return api + "(" + arguments + ", " + gfp + ")";
    }

    private String pick(String plain, String zeroing) {
        return request.isZeroed() ? zeroing : plain;
    }

    private String gfpZeroed() {
        return request.isZeroed() ? gfp + "|" + Gfp.format(Gfp.__GFP_ZERO) : gfp;
    }

    /** What waits for readers first, where there is such a call. */
    private String rcu(String free) {
        if (request.lifetime() != Lifetime.RCU) {
            return free;
        }
        return switch (free) {
            case "kfree", "kmem_cache_free" -> "kfree_rcu";
            default -> "kvfree_rcu";
        };
    }

    private long pagesOfBlock() {
        return PageFrame.pagesFor(bytes);
    }

    private static String plural(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
