package org.mm4j.kernel;

import static org.mm4j.kernel.ApiRequest.Contiguity.PHYSICAL;
import static org.mm4j.kernel.ApiRequest.Contiguity.VIRTUAL;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.slab.SizeClasses;
import org.mm4j.slab.SlabSettings;

/**
 * Which allocation function to use when, and with which flags. Sizes are those that the allocators really take.
 *
 * <pre>
 *   a user process's? ---- pages, one by one or in a block
 *   many objects? -------- short-lived: one array, as below; pages: bulk; to a device: dma_pool; otherwise a slab cache, if they fill a slab
 *   a device's lifetime? - devm_kmalloc
 *   up to 8 KiB ---------- kmalloc
 *   up to 4 MiB ---------- anything goes: kvmalloc; virtual: vmalloc; physical or atomic: whole pages
 *   more ----------------- physical: alloc_contig_pages; otherwise vmalloc
 * </pre>
 *
 * <p>In Linux 6.18: Documentation/core-api/memory-allocation.rst. Differs: sizes are computed.
 *
 * @param request what is needed
 * @param recommended what to use
 * @param gfp the flags of {@link Gfp}
 * @param gfpWhy why these, one sentence
 * @param alternatives what else would do, and why it is not recommended; the better ones first
 */
public record ApiChoice(
        ApiRequest request, ApiOption recommended, int gfp, String gfpWhy, List<ApiOption> alternatives) {
    /** The choice for a machine with so many CPUs: slabs are larger with more of them. Pure: nothing is allocated. */
    public static ApiChoice of(ApiRequest request, int cpus) {
        int gfp = gfp(request);
        ApiOptions options = new ApiOptions(request, Gfp.format(gfp), SlabSettings.ofCpus(cpus));
        List<ApiOption> all = new ArrayList<>();
        if (request.isUser()) {
            addUser(options, request, all);
        } else if (request.count() > 1 && request.lifetime() != ApiRequest.Lifetime.SHORT) {
            addObjects(options, request, all);
        } else {
            addBlock(options, request, all);
        }
        return new ApiChoice(request, all.getFirst(), gfp, gfpWhy(request), List.copyOf(all.subList(1, all.size())));
    }

    private static int gfp(ApiRequest request) {
        if (request.isUser()) {
            return request.isDma() ? Gfp.GFP_USER : Gfp.GFP_HIGHUSER_MOVABLE;
        }
        return request.isAtomic() ? Gfp.GFP_ATOMIC : Gfp.GFP_KERNEL;
    }

    private static String gfpWhy(ApiRequest request) {
        String costly = "";
        if (request.contiguity() == PHYSICAL && !request.isAtomic() && request.bytes() > ApiOptions.CHEAP_MAX) {
            costly = "; __GFP_RETRY_MAYFAIL tries harder, __GFP_NORETRY|__GFP_NOWARN gives up sooner";
        }
        return gfpReason(request) + costly + ".";
    }

    private static String gfpReason(ApiRequest request) {
        if (request.isUser()) {
            return request.isDma()
                    ? "The pages are a user's, and stay where the device finds them"
                    : "The pages are a user's: they may be moved, and need not be mapped in the kernel";
        }
        if (request.isAtomic()) {
            return "The caller must not wait, so the request may use reserves; GFP_NOWAIT leaves them alone, for callers "
                    + "that can go on without memory";
        }
        return request.isDma()
                ? "The caller may wait; the DMA API knows which addresses the device reaches, and GFP_DMA is legacy"
                : "The caller may wait while memory is reclaimed; inside input, output or a file system, a noio or nofs "
                        + "scope is around it";
    }

    /** A user's pages are mapped one by one, so they need not lie together. */
    private static void addUser(ApiOptions options, ApiRequest request, List<ApiOption> all) {
        boolean isBlock = request.contiguity() == PHYSICAL || request.isDma();
        if (isBlock && request.bytes() <= ApiOptions.KMALLOC_MAX) {
            all.add(options.pages("A block of pages is the only memory of a user that is contiguous physically."));
        } else if (isBlock) {
            all.add(options.contiguous("More than 4 MiB in one piece are found by moving other pages away."));
        }
        all.add(options.userPages("A process maps single pages, and those are always to be had."));
        all.add(options.vmallocUser("For a buffer that the kernel reads and writes too."));
    }

    /** Objects that are given back one by one. */
    private static void addObjects(ApiOptions options, ApiRequest request, List<ApiOption> all) {
        if (request.isDma() && request.bytes() <= PageFrame.PAGE_SIZE) {
            all.add(options.dmaPool("Small pieces that a device and the CPU both see, cut from coherent pages."));
        }
        if (request.lifetime() == ApiRequest.Lifetime.DEVICE && fitsKmalloc(request.bytes())) {
            all.add(options.devm("They are given back by themselves when the driver leaves its device."));
        }
        if (request.bytes() == PageFrame.PAGE_SIZE) {
            all.add(options.bulk("Many single pages come under one lock; what it leaves out is taken one by one."));
        }
        if (request.isAtomic() && fitsCache(request.bytes())) {
            all.add(options.sheaf("Taken while one may wait, the objects are there for sure when one must not."));
        }
        if (fitsCache(request.bytes())) {
            addSlabs(options, request, all);
        } else {
            addSizes(options, request.bytes(), request, all);
        }
    }

    private static void addSlabs(ApiOptions options, ApiRequest request, List<ApiOption> all) {
        int perSlab = options.objectsPerSlab();
        if (request.count() >= perSlab) {
            all.add(options.cache("Equal objects fill slabs of their own, without rounding to a size class."));
            all.add(options.kmalloc("Without a cache of one's own each object is rounded up to a size class."));
        } else {
            all.add(options.kmalloc(
                    "They are too few for a cache of their own, whose slab has room for " + perSlab + "."));
            all.add(options.cache("For a constructor, an alignment or figures of their own in slabinfo."));
        }
    }

    /** One block: a single object, or an array of several that live together. */
    private static void addBlock(ApiOptions options, ApiRequest request, List<ApiOption> all) {
        if (request.lifetime() == ApiRequest.Lifetime.DEVICE && fitsKmalloc(request.bytes())) {
            all.add(options.devm("It is given back by itself when the driver leaves its device."));
        }
        addSizes(options, request.bytesTotal(), request, all);
    }

    private static void addSizes(ApiOptions options, long bytes, ApiRequest request, List<ApiOption> all) {
        boolean isPhysical = request.contiguity() == PHYSICAL || request.isDma() || request.isAtomic();
        if (bytes <= SizeClasses.MAX_CACHE_SIZE) {
            all.add(options.kmalloc("Small memory comes from the slab cache of its size class, contiguous and fast."));
            if (bytes > PageFrame.PAGE_SIZE / 2) {
                all.add(options.exact("Whole pages, for memory that begins at a page."));
            }
        } else if (bytes > ApiOptions.KMALLOC_MAX) {
            addHuge(options, bytes, isPhysical, all);
        } else if (isPhysical) {
            addPages(options, bytes, all);
        } else {
            addVirtual(options, request, all);
        }
        if (request.isDma()) {
            all.add(options.dmaCoherent("For memory that the device and the CPU use at the same time."));
        }
    }

    private static void addPages(ApiOptions options, long bytes, List<ApiOption> all) {
        int order = PageFrame.order(bytes);
        String costly = order > PageFrame.PAGE_ALLOC_COSTLY_ORDER
                ? "; order " + order + " is costly, so it may fail although memory is free"
                : "";
        if (PageFrame.pagesFor(bytes) == PageFrame.pages(order)) {
            all.add(options.pages("The pages are a power of two, which is what the buddy system has" + costly + "."));
        } else {
            all.add(options.exact(
                    "Contiguous pages are not a power of two: what is over goes back at once" + costly + "."));
            all.add(options.pages("It keeps a power of two of pages, needed or not."));
        }
        all.add(options.kmalloc("The same block as alloc_pages takes, and given back without its size."));
    }

    private static void addVirtual(ApiOptions options, ApiRequest request, List<ApiOption> all) {
        ApiOption kvmalloc =
                options.kvmalloc("It tries a contiguous block, and takes scattered pages when there is none.");
        ApiOption vmalloc = options.vmalloc(
                "Only the addresses are contiguous, so no page is rounded away and no large " + "block is needed.");
        all.add(request.contiguity() == VIRTUAL ? vmalloc : kvmalloc);
        all.add(request.contiguity() == VIRTUAL ? kvmalloc : vmalloc);
        all.add(options.exact("Contiguous physically too, but a large block may be hard to find."));
    }

    private static void addHuge(ApiOptions options, long bytes, boolean isPhysical, List<ApiOption> all) {
        if (isPhysical) {
            all.add(options.contiguous("No block is larger than 4 MiB: contiguous pages are found by moving others."));
            return;
        }
        all.add(options.vmalloc("No block is larger than 4 MiB, so scattered pages are mapped side by side."));
        if (bytes <= Integer.MAX_VALUE) {
            all.add(options.kvmalloc("It comes to the same: a block of that size does not exist."));
        }
        all.add(options.contiguous("Contiguous physically too; it waits, and moves pages."));
    }

    private static boolean fitsCache(long bytes) {
        return bytes <= SizeClasses.MAX_CACHE_SIZE;
    }

    private static boolean fitsKmalloc(long bytes) {
        return bytes + ApiOptions.DEVRES_BYTES <= ApiOptions.KMALLOC_MAX;
    }
}
