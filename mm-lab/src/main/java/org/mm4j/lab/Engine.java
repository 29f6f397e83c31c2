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

    /** Options that are the same but for the engine. */
    SlabOptions of(SlabOptions options) {
        return switch (this) {
            case CPU_SLAB -> options.withDebug(null).withEngine(SlabEngineKind.CPU_SLAB);
            case OWNED -> options.withDebug(null).withEngine(SlabEngineKind.OWNED);
            case SHEAVES -> options.withDebug(null).withEngine(SlabEngineKind.SHEAVES);
            case DEBUG -> options.withDebug("F");
        };
    }
}
