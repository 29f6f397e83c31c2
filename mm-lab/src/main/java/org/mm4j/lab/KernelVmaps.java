package org.mm4j.lab;

import org.mm4j.api.VirtualAreaSnapshot;
import org.mm4j.lab.replay.VmapTarget;
import org.mm4j.vmalloc.VmFlags;
import org.mm4j.vmalloc.Vmalloc;

/**
 * The addresses of a kernel's vmalloc. The pages behind a recorded area are in the trace as pages, so that nothing is mapped
 * here; and a recorded size includes the guard page, so that none is added.
 */
final class KernelVmaps implements VmapTarget {
    private static final int FLAGS = VmFlags.VM_MAP | VmFlags.VM_NO_GUARD;

    private final Vmalloc vmalloc;

    KernelVmaps(Vmalloc vmalloc) {
        this.vmalloc = vmalloc;
    }

    @Override
    public long reserve(long bytes, long align) {
        return vmalloc.getVmArea(bytes, align, FLAGS);
    }

    @Override
    public long bytesAt(long address) {
        VirtualAreaSnapshot area = vmalloc.findVmArea(address);
        return area == null || area.address() != address ? 0 : area.bytes();
    }

    @Override
    public void release(long address) {
        vmalloc.vunmap(address);
    }

    @Override
    public void purge() {
        vmalloc.vmUnmapAliases();
    }

    @Override
    public long inUse() {
        return vmalloc.areas().stream().filter(area -> !area.isUnpurged()).count();
    }
}
