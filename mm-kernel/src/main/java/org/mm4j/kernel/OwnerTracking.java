package org.mm4j.kernel;

/** What is noted of who takes pages. */
public enum OwnerTracking {
    /** Nothing. Caches, arenas and areas are told by their names all the same. */
    OFF,
    /** The label of {@link PageOwners#as}: a few ns for each block. */
    LABELS,
    /** The label, and the stack of the call: some microseconds for each block. In Linux: page_owner=on. */
    STACKS
}
