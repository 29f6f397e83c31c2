package org.mm4j.percpu;

import org.mm4j.stress.Pause;

/** Takes and gives as the shipped allocator does, and notes the first free bit when the lock is gone; dawdles in front of it. */
final class LateNoteChunk extends OneChunk {
    static final int PAUSE = 50;

    @Override
    void give(long handle) {
        super.give(handle);
        Pause.spins(PAUSE);
        PcpuChunk chunk = chunks.first();
        chunk.map().hints().setFirstFree(chunk.bit(handle));
    }
}
