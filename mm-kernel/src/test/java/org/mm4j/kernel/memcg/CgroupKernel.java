package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.SlabFlags;

/** A kernel with cgroups, and what tests of them ask it for. Closed, it must be valid, and nobody charged. */
final class CgroupKernel implements AutoCloseable {
    static final long MIB = 1 << 20;
    static final int PAGE = 4096;

    final Kernel kernel;
    final MemoryCgroups cgroups;

    CgroupKernel() {
        this(config -> config);
    }

    CgroupKernel(UnaryOperator<KernelConfig> change) {
        kernel = Kernel.boot(change.apply(KernelConfig.ofBytes(64 * MIB).withCgroups(true)));
        cgroups = kernel.cgroups();
    }

    /** A cache all of whose objects are charged. */
    KmemCache accountCache(String name, int bytes) {
        KmemCache cache =
                kernel.slab().kmemCacheCreate(name, bytes, KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_ACCOUNT));
        assertThat(cache).isNotNull();
        return cache;
    }

    MemoryCgroup group(String name, long maxBytes) {
        return cgroups.create(name, CgroupLimits.ofMax(maxBytes));
    }

    MemoryCgroup group(String name) {
        return cgroups.create(name, CgroupLimits.NONE);
    }

    /** How far what a group is charged may be from what it uses: what CPUs have in stock. */
    long bytesOfStocksMax() {
        return 2L * kernel.config().cpus() * ChargeStocks.CHARGE_BATCH_BYTES;
    }

    /** Nothing is charged to anybody. */
    void expectNoCharges() {
        assertThat(kernel.validate()).isEmpty();
        for (MemoryCgroup each : cgroups.root().subtree()) {
            assertThat(each.bytesCharged()).as("bytes charged to " + each).isZero();
            assertThat(each.stat()).as("use of " + each).isEqualTo(new CgroupStat(0, 0, 0, 0, 0, 0));
        }
        assertThat(cgroups.dying()).isEmpty();
    }

    @Override
    public void close() {
        expectNoCharges();
        kernel.close();
    }
}
