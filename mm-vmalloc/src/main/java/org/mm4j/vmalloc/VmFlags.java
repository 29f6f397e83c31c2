package org.mm4j.vmalloc;

/**
 * What an area is for, as bits of an int.
 *
 * <p>In Linux 6.18: include/linux/vmalloc.h, VM_IOREMAP and the others; mm/vmalloc.c, VMAP_RAM and VMAP_BLOCK, which are
 * bits of a word of their own there. Differs: that an area is not built yet is no flag, but a state of {@link VmapArea}.
 */
final class VmFlags {
    static final int VM_IOREMAP = 0x1;
    static final int VM_ALLOC = 0x2;
    static final int VM_MAP = 0x4;
    static final int VM_USERMAP = 0x8;
    static final int VM_DMA_COHERENT = 0x10;
    /** The area has no guard page at its end. */
    static final int VM_NO_GUARD = 0x40;

    static final int VM_FLUSH_RESET_PERMS = 0x100;
    static final int VM_MAP_PUT_PAGES = 0x200;
    static final int VM_ALLOW_HUGE_VMAP = 0x400;
    static final int VM_SPARSE = 0x1000;

    /** The area belongs to vm_map_ram(), and has no guard page. */
    static final int VMAP_RAM = 1 << 16;
    /** The area is a block of many small mappings of vm_map_ram(). */
    static final int VMAP_BLOCK = 1 << 17;

    private VmFlags() {}

    /** Whether the last page of such an area is a guard, which nothing is ever mapped to. */
    static boolean hasGuard(int flags) {
        return (flags & (VM_NO_GUARD | VMAP_RAM)) == 0;
    }
}
