package org.mm4j.lab.trace;

import java.util.ArrayList;
import java.util.List;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.Gfp;

/**
 * Request flags as a trace prints them. Other kernel versions have other flags, and give other meanings to the bits that
 * they print in hexadecimal; those are kept as {@code unknown}.
 */
record GfpWord(int bits, List<String> unknown) {
    GfpWord {
        unknown = List.copyOf(unknown);
    }

    static GfpWord parse(String text) {
        int bits = 0;
        List<String> unknown = new ArrayList<>();
        for (String word : text.split("\\|", -1)) {
            if (word.equals("none") || word.equals("0")) {
                continue;
            }
            int known = word.startsWith("0x") ? 0 : knownBits(word);
            bits |= known;
            if (known == 0) {
                unknown.add(word);
            }
        }
        return new GfpWord(bits, unknown);
    }

    boolean isKnown() {
        return unknown.isEmpty();
    }

    private static int knownBits(String word) {
        try {
            return Gfp.parse(word);
        } catch (BadGfpException e) {
            return 0;
        }
    }
}
