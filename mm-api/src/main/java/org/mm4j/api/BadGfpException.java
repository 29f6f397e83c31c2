package org.mm4j.api;

import org.jspecify.annotations.Nullable;

/**
 * Request flags that contradict each other, or a word that names no flag. Nothing was allocated.
 *
 * <p>In Linux 6.18: the warnings about flags in mm/page_alloc.c, after which the request goes on.
 */
public final class BadGfpException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Flags that were refused, and the reason as the end of the sentence "…, but". */
    public BadGfpException(int gfp, String reason) {
        super("the request flags are " + Gfp.format(gfp) + ", but " + reason);
    }

    BadGfpException(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
