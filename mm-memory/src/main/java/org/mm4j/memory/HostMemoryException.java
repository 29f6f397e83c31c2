package org.mm4j.memory;

/**
 * Memory that the host refused: the sentence says which call, with which values, and the host's reason.
 *
 * <p>In Linux 6.18: nothing; the kernel is the host.
 */
public final class HostMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /** A refusal of the host, told in one sentence, with its error number as of Linux. */
    public HostMemoryException(String sentence, int errno) {
        super(sentence);
        this.errno = errno;
    }

    HostMemoryException(String sentence, Throwable cause) {
        super(sentence, cause);
        this.errno = 0;
    }

    /** The host's error number, as of Linux; 0 when the refusal came from the JDK. */
    public int errno() {
        return errno;
    }
}
