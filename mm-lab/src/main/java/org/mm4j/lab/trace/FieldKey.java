package org.mm4j.lab.trace;

import java.nio.charset.StandardCharsets;

/** A field's key, with the {@code =} behind it. */
final class FieldKey {
    private final String text;
    private final byte[] bytes;

    FieldKey(String text) {
        this.text = text;
        this.bytes = text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether the key stands at byte {@code from} of a line that ends at {@code to}. */
    boolean isAt(byte[] line, int from, int to) {
        return Words.startsWith(line, from, to, bytes);
    }

    int length() {
        return bytes.length;
    }

    @Override
    public String toString() {
        return text;
    }
}
