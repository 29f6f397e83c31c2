package org.mm4j.slab;

/** The nodes of slots: slot n is one of CPU n modulo the CPUs. */
final class SlotNodes {
    private SlotNodes() {}

    /** The node of each of so many slots. */
    static int[] of(int slots, SlabConfig config) {
        int[] nodes = new int[slots];
        for (int slot = 0; slot < slots; slot++) {
            nodes[slot] = config.nodeOfCpu().applyAsInt(slot % config.settings().cpus());
        }
        return nodes;
    }
}
