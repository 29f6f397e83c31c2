package org.mm4j.vmalloc;

/**
 * What an area is for, as bits of an int.
 *
 * <p>In Linux 6.18: include/linux/vmalloc.h, VM_IOREMAP and the others; mm/vmalloc.c, VMAP_RAM and VMAP_BLOCK, which are
 * bits of a word of their own there. Differs: that an area is not built yet is no flag, but a state of {@link VmapArea}.
 */
public final class VmFlags {
    /** Memory of a device; nothing of it is mapped here. */
    public static final int VM_IOREMAP = 0x1;
    /** From vmalloc(): frames of its own. */
    public static final int VM_ALLOC = 0x2;
    /** From vmap(): frames of the caller. */
    public static final int VM_MAP = 0x4;
    /** May be shown to users of a driver. */
    public static final int VM_USERMAP = 0x8;
    /** For a device; only a word in the listing. */
    public static final int VM_DMA_COHERENT = 0x10;
    /** The area has no guard page at its end. */
    public static final int VM_NO_GUARD = 0x40;

    /** Permissions go back with the area; refused by vmap(). */
    public static final int VM_FLUSH_RESET_PERMS = 0x100;
    /** The frames of vmap() become the area's, and go back with it. */
    public static final int VM_MAP_PUT_PAGES = 0x200;
    /** Blocks of 2 MiB are wanted. */
    public static final int VM_ALLOW_HUGE_VMAP = 0x400;
    /** Parts of it are mapped later. */
    public static final int VM_SPARSE = 0x1000;

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
