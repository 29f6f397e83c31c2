package org.mm4j.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PhysicalMemory;
import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.vmalloc.Vmalloc;
import org.mm4j.vmalloc.VmallocConfig;

/** A kernel's vmalloc, made when it is first asked for: a kernel without areas reserves no addresses, and has no tables. */
final class VmallocOnDemand {
    private final VmallocConfig config;
    private final PageAllocator pages;
    private final PhysicalMemory memory;

    /** Written once, holding this object's lock. */
    private volatile @Nullable Vmalloc made;

    VmallocOnDemand(VmallocConfig config, PageAllocator pages, PhysicalMemory memory) {
        this.config = config;
        this.pages = pages;
        this.memory = memory;
    }

    Vmalloc get() {
        Vmalloc vmalloc = made;
        return vmalloc != null ? vmalloc : make();
    }

    private synchronized Vmalloc make() {
        Vmalloc vmalloc = made;
        if (vmalloc == null) {
            vmalloc = new Vmalloc(config, pages, memory);
            made = vmalloc;
        }
        return vmalloc;
    }

    boolean isMade() {
        return made != null;
    }

    /** Addresses that there are, reserved or not yet. */
    long bytesTotal() {
        return config.bytes();
    }

    /** Frames of all areas. */
    long pagesUsed() {
        Vmalloc vmalloc = made;
        return vmalloc == null ? 0 : vmalloc.pagesUsed();
    }

    long pagesOfTables() {
        Vmalloc vmalloc = made;
        return vmalloc == null ? 0 : vmalloc.pagesOfTables();
    }

    List<VirtualAreaSnapshot> areas() {
        Vmalloc vmalloc = made;
        return vmalloc == null ? List.of() : vmalloc.areas();
    }

    List<String> validate() {
        Vmalloc vmalloc = made;
        return vmalloc == null ? List.of() : vmalloc.validate();
    }

    void close() {
        Vmalloc vmalloc = made;
        if (vmalloc != null) {
            vmalloc.close();
        }
    }
}
