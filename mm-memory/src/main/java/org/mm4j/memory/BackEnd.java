package org.mm4j.memory;

/**
 * What physical memory is made of.
 *
 * <p>In Linux 6.18: nothing; a machine has the memory that it has.
 */
public enum BackEnd {
    /** A memfd where the host has one, an arena elsewhere. The system property {@code mm4j.memory} can decide instead. */
    AUTO,
    /** A memfd, mapped once: Linux only, needs native access. Pages are committed when touched, and can be given back. */
    MEMFD,
    /** An arena of the JDK: any host, no native access. All pages are committed at the start, and stay. */
    ARENA
}
