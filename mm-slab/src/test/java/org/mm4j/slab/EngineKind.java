package org.mm4j.slab;

import java.util.List;
import java.util.stream.Stream;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.SlotGate;
import org.mm4j.memory.HostCpus;
import org.mm4j.percpu.OwnedGate;
import org.mm4j.percpu.SharedGate;

/** The engines that tests run with, each over its gates. */
enum EngineKind {
    CPU_SLAB {
        @Override
        SlabConfig over(SlabConfig config) {
            return config;
        }
    },
    OWNED_SHARED {
        @Override
        SlabConfig over(SlabConfig config) {
            return config.withEngine(SlabEngineKind.OWNED, shared(config));
        }
    },
    OWNED_BY_FENCES {
        @Override
        SlabConfig over(SlabConfig config) {
            return config.withEngine(SlabEngineKind.OWNED, owned(config, AsymmetricBarrier.FENCES));
        }
    },
    OWNED_BY_MEMBARRIER {
        @Override
        SlabConfig over(SlabConfig config) {
            return config.withEngine(
                    SlabEngineKind.OWNED, owned(config, HostCpus.membarrier().orElseThrow()));
        }
    },
    SHEAVES_SHARED {
        @Override
        SlabConfig over(SlabConfig config) {
            return config.withEngine(SlabEngineKind.SHEAVES, shared(config));
        }
    },
    SHEAVES_OWNED {
        @Override
        SlabConfig over(SlabConfig config) {
            return config.withEngine(SlabEngineKind.SHEAVES, owned(config, AsymmetricBarrier.FENCES));
        }
    },
    /** What a cache with debug flags has in place of any of these. */
    DEBUG {
        @Override
        SlabConfig over(SlabConfig config) {
            return config.withSlabDebug("FZPU");
        }
    };

    /** The configuration with this engine. */
    abstract SlabConfig over(SlabConfig config);

    private static SlotGate shared(SlabConfig config) {
        return new SharedGate(config.settings().cpus(), config.cpus());
    }

    private static SlotGate owned(SlabConfig config, AsymmetricBarrier barrier) {
        return new OwnedGate(config.settings().cpus(), config.cpus(), barrier);
    }

    /** All engines for speed that this host has. */
    static List<EngineKind> present() {
        return presentAndDebug().stream().filter(kind -> kind != DEBUG).toList();
    }

    /** All that this host has. */
    static List<EngineKind> presentAndDebug() {
        return Stream.of(values())
                .filter(kind ->
                        kind != OWNED_BY_MEMBARRIER || HostCpus.membarrier().isPresent())
                .toList();
    }
}
