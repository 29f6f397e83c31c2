package org.mm4j.slab;

import java.util.stream.IntStream;

/** The order of a slab, read off the rule's words: no loop that leaves early, no shortcut. */
final class NaiveOrder {
    private NaiveOrder() {}

    static int order(int size, SlabSettings settings) {
        long fit = (4096L << settings.maxOrder()) / size;
        int bits = Integer.toBinaryString(settings.cpus()).length();
        int objects = settings.minObjects() == 0 ? 4 * (bits + 1) : settings.minObjects();
        int least = Math.max(settings.minOrder(), orderThatHolds(size * Math.min(objects, Math.max(fit, 1))));
        for (double fraction = 1.0 / 16; fraction <= 1.0 / 2; fraction *= 2) {
            double allowed = fraction;
            int order = IntStream.rangeClosed(least, settings.maxOrder())
                    .filter(each -> waste(each, size) <= allowed)
                    .min()
                    .orElse(-1);
            if (order >= 0) {
                return order;
            }
        }
        return orderThatHolds(size);
    }

    private static int orderThatHolds(long bytes) {
        return IntStream.iterate(0, order -> order + 1)
                .filter(order -> 4096L << order >= bytes)
                .findFirst()
                .orElseThrow();
    }

    private static double waste(int order, int size) {
        long bytes = 4096L << order;
        return (double) (bytes % size) / bytes;
    }
}
