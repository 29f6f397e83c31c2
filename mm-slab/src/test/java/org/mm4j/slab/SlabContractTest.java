package org.mm4j.slab;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.mm4j.api.ObjectCache;
import org.mm4j.contract.ObjectCacheContract;

/** Every engine keeps the contract. */
class SlabContractTest {
    abstract static class Engine extends ObjectCacheContract {
        private final EngineKind kind;
        private TestSlabs machine = TestSlabs.onCpus(2);

        Engine(EngineKind kind) {
            this.kind = kind;
        }

        @Override
        protected ObjectCache cache(int objectSize) {
            machine = new TestSlabs(kind.over(SlabConfig.ofCpus(2)));
            return machine.create("contract", objectSize);
        }

        @Override
        protected List<String> validate(ObjectCache cache) {
            return machine.slabs.validate();
        }
    }

    @Nested
    class CpuSlab extends Engine {
        CpuSlab() {
            super(EngineKind.CPU_SLAB);
        }
    }

    @Nested
    class Owned extends Engine {
        Owned() {
            super(EngineKind.OWNED_BY_FENCES);
        }
    }

    @Nested
    class Sheaves extends Engine {
        Sheaves() {
            super(EngineKind.SHEAVES_SHARED);
        }
    }

    @Nested
    class Debug extends Engine {
        Debug() {
            super(EngineKind.DEBUG);
        }
    }
}
