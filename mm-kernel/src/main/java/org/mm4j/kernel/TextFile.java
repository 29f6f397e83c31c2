package org.mm4j.kernel;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A file whose text is made when it is read, and which does something when it is written, or one of the two.
 *
 * <p>In Linux 6.18: {@code struct cftype}, {@code struct proc_ops}.
 *
 * @param text null: it cannot be read
 * @param written null: it cannot be written
 */
record TextFile(@Nullable Supplier<String> text, @Nullable Consumer<String> written) {
    static TextFile of(Supplier<String> text) {
        return new TextFile(text, null);
    }

    static TextFile of(Supplier<String> text, Consumer<String> written) {
        return new TextFile(text, written);
    }

    static TextFile ofWrites(Consumer<String> written) {
        return new TextFile(null, written);
    }

    /**
     * What is in it.
     *
     * @throws IllegalArgumentException when it can be written only
     */
    String read(String path) {
        if (text == null) {
            throw new IllegalArgumentException(path + " can be written, and not be read");
        }
        return text.get();
    }

    /**
     * Does what a write does.
     *
     * @throws IllegalArgumentException when it can be read only
     */
    void write(String path, String next) {
        if (written == null) {
            throw new IllegalArgumentException(path + " can be read, and not be written");
        }
        written.accept(next);
    }
}
