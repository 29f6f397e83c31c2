package org.mm4j.slab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.ObjectStock;

/** The engine of a cache: what its allocator is configured with, or what its debug flags ask for; zeroing, charges and
 * faults before it. */
final class EngineChoice {
    private EngineChoice() {}

    static SlabEngine of(KmemCache cache, CacheSlabs slabs, SlabParts parts, @Nullable DebugEngine debug) {
        SlabEngine engine = debug == null ? fast(cache, slabs, parts) : debug;
        SlabConfig config = parts.config();
        if (ZeroingEngine.concerns(cache, config)) {
            engine = new ZeroingEngine(engine, cache, config.zeroesOnAlloc(), config.zeroesOnFree());
        }
        if (config.accounting() != null) {
            engine = new ChargedEngine(engine, cache, parts.frames(), config.accounting());
        }
        Failslab failslab = config.failslab();
        return failslab == null
                ? engine
                : new FailslabEngine(
                        engine, failslab, cache.objectSize(), cache.layout().flags());
    }

    private static SlabEngine fast(KmemCache cache, CacheSlabs slabs, SlabParts parts) {
        SlabConfig config = parts.config();
        ObjectStock.Maker stock = config.stock();
        if (stock != null) {
            return new StockEngine(cache, parts, stock);
        }
        return switch (config.engine()) {
            case CPU_SLAB -> new CpuSlabEngine(cache, slabs, config);
            case SHEAVES ->
                new SheafEngine(
                        cache, new SlabObjects(cache, parts.frames()), config, Objects.requireNonNull(config.gate()));
            case OWNED ->
                new OwnedEngine(
                        cache, new SlabObjects(cache, parts.frames()), config, Objects.requireNonNull(config.gate()));
        };
    }
}
