package org.mm4j.lab.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values that are made from words of a line: once for every distinct word, so that no string is made for a word that was
 * seen before. Bounded: when there are too many words, or too long ones, those are made anew each time.
 */
final class Interned<V> {
    private static final int WORDS_MAX = 4096;
    private static final int WORD_BYTES_MAX = 512;
    private static final int SLOTS = 4 * WORDS_MAX;

    private final Function<String, V> make;
    private final byte[] @Nullable [] words = new byte[SLOTS][];
    private final List<@Nullable V> values = new ArrayList<>(Collections.nCopies(SLOTS, null));
    private int size;

    Interned(Function<String, V> make) {
        this.make = make;
    }

    /** The value of the word at bytes {@code from} to {@code to}. */
    V get(byte[] bytes, int from, int to) {
        int slot = hash(bytes, from, to) & (SLOTS - 1);
        while (true) {
            byte[] word = words[slot];
            V value = values.get(slot);
            if (word == null || value == null) {
                return add(slot, Arrays.copyOfRange(bytes, from, to));
            }
            if (Arrays.equals(word, 0, word.length, bytes, from, to)) {
                return value;
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    private V add(int slot, byte[] word) {
        V value = make.apply(Words.text(word, 0, word.length));
        if (size < WORDS_MAX && word.length <= WORD_BYTES_MAX) {
            words[slot] = word;
            values.set(slot, value);
            size++;
        }
        return value;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int at = from; at < to; at++) {
            hash = 31 * hash + bytes[at];
        }
        return hash ^ hash >>> 15;
    }
}
