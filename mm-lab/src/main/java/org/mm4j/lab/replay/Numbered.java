package org.mm4j.lab.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The different requests of a trace, numbered from 0, and how often each stands there.
 *
 * @param <R> a request, which is equal to others like it
 */
final class Numbered<R> {
    /** About what an entry takes. */
    private static final int BYTES_PER_REQUEST = 200;

    private final List<R> requests = new ArrayList<>();
    private final List<long[]> counts = new ArrayList<>();
    private final Map<R, Integer> numbers = new HashMap<>();

    /** Counts a request; its number. */
    int count(R request) {
        Integer known = numbers.putIfAbsent(request, requests.size());
        if (known == null) {
            requests.add(request);
            counts.add(new long[] {1});
            return requests.size() - 1;
        }
        counts.get(known)[0]++;
        return known;
    }

    R get(int number) {
        return requests.get(number);
    }

    int size() {
        return requests.size();
    }

    long count(int number) {
        return counts.get(number)[0];
    }

    long bytes() {
        return (long) requests.size() * BYTES_PER_REQUEST;
    }
}
