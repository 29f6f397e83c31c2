package org.mm4j.buddy;

/**
 * Who wants to know when memory goes and comes. Called by the thread that changes it, one change at a time, without locks that
 * others need.
 *
 * <p>In Linux 6.18: register_memory_notifier(), with MEM_GOING_OFFLINE, MEM_OFFLINE and MEM_ONLINE.
 */
public interface MemoryNotifier {
    /**
     * The frames of a block are free, and nobody can get them: what is in them may be thrown away. If this throws, the block
     * stays online, and who wanted it offline gets the exception.
     */
    default void emptied(MemoryBlock block) {}

    /** A block is offline or online now; everybody's watermarks and reserves have been computed anew. */
    default void changed(MemoryBlock block) {}
}
