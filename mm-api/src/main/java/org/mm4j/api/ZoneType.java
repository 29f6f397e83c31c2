package org.mm4j.api;

/**
 * The kinds of memory of a node, from the most to the least restricted. A request names the highest zone that may
 * serve it; lower ones serve it when that one is short.
 *
 * <p>In Linux 6.18: include/linux/mmzone.h, {@code enum zone_type} of x86-64. Differs: {@link #DEVICE} never has pages
 * here; it exists because the kernel prints it.
 */
public enum ZoneType {
    /** The first 16 MiB, for the DMA engines of ISA devices. */
    DMA("DMA"),
    /** Up to 4 GiB, for devices with 32 address bits. */
    DMA32("DMA32"),
    /** Everything else that the kernel addresses directly. */
    NORMAL("Normal"),
    /** Only pages that can be moved, so that the zone can be emptied. */
    MOVABLE("Movable"),
    /** Memory of devices. */
    DEVICE("Device");

    /** How many zones a node has, with or without pages. */
    public static final int COUNT = 5;

    private static final ZoneType[] VALUES = values();

    private final String kernelName;

    ZoneType(String kernelName) {
        this.kernelName = kernelName;
    }

    /** The zone with the given {@link #ordinal()}, 0 to 4. */
    public static ZoneType of(int index) {
        return VALUES[index];
    }

    /** The name in /proc, {@code Normal}. */
    public String kernelName() {
        return kernelName;
    }
}
