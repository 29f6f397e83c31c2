package org.mm4j.kernel;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Which of some names somebody may have meant. */
final class NearNames {
    private static final int SHOWN_MAX = 3;

    private NearNames() {}

    /** Names that differ from {@code wanted} in a third of its letters at most, or hold it; the nearest first, at most three. */
    static List<String> of(String wanted, Collection<String> names) {
        String word = wanted.toLowerCase(Locale.ROOT);
        int far = Math.max(2, word.length() / 3);
        return names.stream()
                .filter(name -> distance(word, name) <= far || (word.length() > 2 && name.contains(word)))
                .sorted(Comparator.comparingInt((String name) -> distance(word, name))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(SHOWN_MAX)
                .toList();
    }

    /** How many letters have to be added, dropped or changed to make one word of the other. By Levenshtein. */
    static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int column = 0; column < row.length; column++) {
            row[column] = column;
        }
        for (int at = 1; at <= one.length(); at++) {
            int diagonal = row[0];
            row[0] = at;
            for (int column = 1; column < row.length; column++) {
                int change = diagonal + (one.charAt(at - 1) == other.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(change, Math.min(row[column], row[column - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
