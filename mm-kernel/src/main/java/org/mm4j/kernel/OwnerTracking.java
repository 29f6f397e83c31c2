package org.mm4j.kernel;

/**
 * What is noted of who takes pages.
 *
 * <p>In Linux 6.18: the parameter {@code page_owner=} of the command line.
 */
public enum OwnerTracking {
    /** Nothing. Caches, arenas and areas are told by their names all the same. */
    OFF,
    /**
     * What pages were taken for, or the label of {@link PageOwners#as}: a call and a plain store for each block, and no Java
     * heap. Where labels are used, also a look at a scoped value. Always on, unless somebody turns it off.
     */
    LABELS,
    /** The label, and the stack of the call: some microseconds for each block. In Linux: page_owner=on. */
    STACKS
}
