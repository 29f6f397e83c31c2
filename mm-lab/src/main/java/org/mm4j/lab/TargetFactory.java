package org.mm4j.lab;

import org.mm4j.lab.replay.ReplayTarget;

/** Boots the kernel that a replay runs on. */
@FunctionalInterface
interface TargetFactory {
    /**
     * A kernel that has just booted.
     *
     * @param threads how many threads will call it at once
     * @param bytes its memory, a multiple of 4 MiB
     * @param kernel which one
     * @throws IllegalArgumentException when there can be no such kernel; the message is a sentence for the user
     */
    ReplayTarget boot(int threads, long bytes, KernelChoice kernel);
}
