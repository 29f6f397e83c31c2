package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.ObjectCache;
import org.mm4j.contract.ObjectCacheContract;

/** Every test of the contract of caches fails for a cache that breaks what it is about. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CacheContractCanFailTest {
    private static final long BYTES = 32L << 20;

    private final List<Kernel> kernels = new ArrayList<>();

    @AfterEach
    void close() {
        kernels.forEach(Kernel::close);
    }

    private enum Fault {
        NONE,
        /** Every other object begins within the one before. */
        OVERLAPS,
        /** Says nothing to bad frees. */
        LENIENT,
        /** Fills as much as there is. */
        PARTIAL,
        /** Now and then gives out what somebody has. */
        TWICE
    }

    /** A cache that is wrong in one way, over a right one. */
    private static final class WrongCache implements ObjectCache {
        private final ObjectCache cache;
        private final Fault fault;
        private long allocs;
        /** Live, if it is not 0. */
        private long last;

        WrongCache(ObjectCache cache, Fault fault) {
            this.cache = cache;
            this.fault = fault;
        }

        @Override
        public String name() {
            return cache.name();
        }

        @Override
        public int objectSize() {
            return cache.objectSize();
        }

        @Override
        public synchronized long alloc(int gfp) {
            allocs++;
            if (last != 0 && fault == Fault.OVERLAPS && allocs % 2 == 0) {
                return last + 1;
            }
            if (last != 0 && fault == Fault.TWICE && allocs % 50 == 0) {
                return last;
            }
            last = cache.alloc(gfp);
            return last;
        }

        @Override
        public synchronized void free(long address) {
            try {
                cache.free(address);
                last = address == last ? 0 : last;
            } catch (IllegalArgumentException e) {
                if (fault != Fault.LENIENT) {
                    throw e;
                }
            }
        }

        @Override
        public int allocBulk(int gfp, long[] objects) {
            if (fault != Fault.PARTIAL) {
                return cache.allocBulk(gfp, objects);
            }
            int count = 0;
            while (count < objects.length && (objects[count] = cache.alloc(gfp)) != 0) {
                count++;
            }
            return count;
        }

        @Override
        public void freeBulk(long[] objects, int count) {
            cache.freeBulk(objects, count);
        }
    }

    private static final class Caches extends ObjectCacheContract {
        private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(BYTES));
        private final Fault fault;

        Caches(Fault fault, List<Kernel> kernels) {
            this.fault = fault;
            kernels.add(kernel);
        }

        @Override
        protected ObjectCache cache(int objectSize) {
            return new WrongCache(kernel.objectCache("objects of " + objectSize, objectSize), fault);
        }
    }

    @Test
    void everyTestFailsForSomeWrongCache() throws ReflectiveOperationException {
        Set<String> alive = ContractsCanFailTest.tests(ObjectCacheContract.class);
        for (Fault fault : List.of(Fault.OVERLAPS, Fault.LENIENT, Fault.PARTIAL, Fault.TWICE)) {
            Set<String> failing = failing(fault);
            assertThat(failing).as("%s", fault).isNotEmpty();
            alive.removeAll(failing);
        }
        assertThat(alive).as("tests that no wrong cache fails").isEmpty();
    }

    @Test
    void noTestFailsForTheRightOne() throws ReflectiveOperationException {
        assertThat(failing(Fault.NONE)).isEmpty();
    }

    private Set<String> failing(Fault fault) throws IllegalAccessException {
        return ContractsCanFailTest.failing(ObjectCacheContract.class, () -> new Caches(fault, kernels));
    }
}
