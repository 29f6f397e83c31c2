package org.mm4j.percpu;

import java.util.Map;
import java.util.TreeMap;

/** Which words are taken, one boolean each, and where areas are. It knows no hints: every question is a search. */
final class NaiveMap {
    private final boolean[] taken;
    private final TreeMap<Integer, Integer> areas = new TreeMap<>();

    NaiveMap(int bits) {
        taken = new boolean[bits];
    }

    void hide(int from, int end) {
        for (int bit = from; bit < end; bit++) {
            taken[bit] = true;
        }
    }

    void take(int from, int end) {
        for (int bit = from; bit < end; bit++) {
            if (taken[bit]) {
                throw new AssertionError("bit " + bit + " is taken twice");
            }
            taken[bit] = true;
        }
        areas.put(from, end);
    }

    /** Where the area ended. */
    int give(int from) {
        int end = areas.remove(from);
        for (int bit = from; bit < end; bit++) {
            taken[bit] = false;
        }
        return end;
    }

    Map<Integer, Integer> areas() {
        return areas;
    }

    boolean isTaken(int bit) {
        return taken[bit];
    }

    /** The lowest free place, or −1. */
    int firstFit(int wanted, int align) {
        for (int bit = 0; bit + wanted <= taken.length; bit += align) {
            if (run(bit, bit + wanted) == wanted) {
                return bit;
            }
        }
        return -1;
    }

    /** Free bits from here on, up to an end. */
    int run(int from, int end) {
        int bit = from;
        while (bit < end && !taken[bit]) {
            bit++;
        }
        return bit - from;
    }

    int free(int from, int end) {
        int free = 0;
        for (int bit = from; bit < end; bit++) {
            free += taken[bit] ? 0 : 1;
        }
        return free;
    }

    /** The longest run of free bits within a range. */
    int longest(int from, int end) {
        int longest = 0;
        for (int bit = from; bit < end; bit++) {
            int run = run(bit, end);
            longest = Math.max(longest, run);
            bit += run;
        }
        return longest;
    }

    int firstFree(int from, int end) {
        int bit = from;
        while (bit < end && taken[bit]) {
            bit++;
        }
        return bit;
    }

    int freeBackwards(int from, int end) {
        int bit = end;
        while (bit > from && !taken[bit - 1]) {
            bit--;
        }
        return end - bit;
    }
}
