package org.mm4j.lab;

/** A command that cannot be carried out as it was given. The message is one sentence for the user. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String sentence) {
        super(sentence);
    }
}
