package org.mm4j.lab;

import org.jspecify.annotations.Nullable;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.SlabOptions;

/**
 * Which kernel to boot.
 *
 * @param preset what kind
 * @param engine what its caches keep objects for CPUs in; null: what the preset has
 */
public record KernelChoice(Preset preset, @Nullable Engine engine) {
    /** Its configuration, with so many bytes of memory. */
    public KernelConfig config(long bytes) {
        KernelConfig config = preset.config(bytes);
        return engine == null ? config : config.withSlab(engine.of(config.slab()));
    }

    /** The engine of such a kernel, in one word. */
    static String engineOf(KernelConfig config) {
        SlabOptions slab = config.slab();
        return Choice.word(
                slab.debug() != null
                        ? Engine.DEBUG
                        : Engine.valueOf(slab.engine().name()));
    }
}
