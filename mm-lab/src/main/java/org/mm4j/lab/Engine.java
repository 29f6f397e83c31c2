package org.mm4j.lab;

import org.mm4j.kernel.SlabOptions;
import org.mm4j.slab.SlabEngineKind;

/** What a kernel's caches keep objects for CPUs in. */
public enum Engine {
    /** One slab for each CPU, as in Linux 6.18. */
    CPU_SLAB,
    /** A stack of objects for each CPU's slot, which a thread owns. */
    OWNED,
    /** Two arrays of objects for each CPU's slot, as Linux 6.18 can have. */
    SHEAVES,
    /** Nothing: every object comes from its slab and is checked, and is as large as without checks. */
    DEBUG;

    /** What a kernel with it is booted with. */
    SlabOptions options() {
        return switch (this) {
            case CPU_SLAB -> SlabOptions.DEFAULT.withEngine(SlabEngineKind.CPU_SLAB);
            case OWNED -> SlabOptions.DEFAULT.withEngine(SlabEngineKind.OWNED);
            case SHEAVES -> SlabOptions.DEFAULT.withEngine(SlabEngineKind.SHEAVES);
            case DEBUG -> SlabOptions.DEFAULT.withDebug("F");
        };
    }
}
