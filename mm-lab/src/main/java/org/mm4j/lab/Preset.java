package org.mm4j.lab;

import org.mm4j.kernel.KernelConfig;

/** What kind of kernel a trace is replayed on. */
public enum Preset {
    /** As Linux 6.18 boots: all sizes are equal to the recorded ones. */
    LINUX,
    /** For programs: size classes are denser, never larger. */
    LIBRARY,
    /** To look at: every check is on, for which objects have more bytes. */
    STUDY;

    /** The kernel's configuration, with so many bytes of memory. */
    public KernelConfig config(long bytes) {
        return switch (this) {
            case LINUX -> KernelConfig.ofBytes(bytes);
            case LIBRARY -> KernelConfig.library(bytes);
            case STUDY -> KernelConfig.study(bytes);
        };
    }
}
