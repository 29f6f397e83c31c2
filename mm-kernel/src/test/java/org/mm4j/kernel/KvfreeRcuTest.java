package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadAddressException;
import org.mm4j.api.Gfp;

/** Memory of kvmalloc that readers may still look at, and arrays of vmalloc. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KvfreeRcuTest {
    private static final long AREA_BYTES = 5L << 20;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20));
    private final Kvmalloc kvmalloc = kernel.kvmalloc();

    @AfterEach
    void close() {
        kernel.close();
        assertThat(kernel.log().lines()).isEmpty();
    }

    @Test
    void anAreaAndAnObjectStayUntilTheirReadersHaveLeft() {
        long area = kvmalloc.kvmalloc(AREA_BYTES, Gfp.GFP_KERNEL);
        long object = kvmalloc.kvmalloc(100, Gfp.GFP_KERNEL);
        assertThat(kvmalloc.isVmallocAddr(area)).isTrue();
        int section = kernel.rcu().readLock();
        kvmalloc.kvfreeRcu(area);
        kvmalloc.kvfreeRcu(object);
        assertThat(kvmalloc.kvsize(area)).isEqualTo(AREA_BYTES);
        kernel.rcu().readUnlock(section);
        kvmalloc.kvfreeRcuBarrier();
        assertThatThrownBy(() -> kvmalloc.kvfree(area)).isInstanceOf(BadAddressException.class);
        assertThatThrownBy(() -> kvmalloc.kvfree(object)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kvmalloc.kvfreeRcu(area)).isInstanceOf(BadAddressException.class);
        assertThat(kernel.validate()).isEmpty();
    }

    @Test
    void whoCanWaitFreesAtOnceAndNothingIsNothing() {
        long area = kvmalloc.kvmalloc(AREA_BYTES, Gfp.GFP_KERNEL);
        long periods = kernel.rcu().gracePeriods();
        kvmalloc.kvfreeRcuMightSleep(area);
        assertThat(kernel.rcu().gracePeriods()).isGreaterThan(periods);
        assertThat(kvmalloc.isVmallocAddr(area) && kernel.vmalloc().findVmArea(area) != null)
                .isFalse();
        kvmalloc.kvfreeRcuMightSleep(0);
    }

    @Test
    void anAreaThatWaitsIsFreedByTheEndOfTheKernel() {
        kvmalloc.kvfreeRcu(kvmalloc.kvmalloc(AREA_BYTES, Gfp.GFP_KERNEL));
    }

    @Test
    void arraysOfVmallocAreZeroedIfAskedAndNeverTooSmall() {
        long zeroes = kernel.vmalloc().vcalloc(1000, 100);
        assertThat(kernel.vmalloc().segment(zeroes).get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 99_992))
                .isZero();
        kernel.vmalloc().vfree(zeroes);
        assertThat(kernel.vmalloc().vmallocArray(1L << 33, 1L << 33)).isZero();
        assertThat(kernel.vmalloc().vcalloc(1L << 33, 1L << 33)).isZero();
        long area = kernel.vmalloc().vmallocArray(3, 4096);
        assertThat(kvmalloc.kvsize(area)).isEqualTo(3 * 4096);
        kernel.vmalloc().vfree(area);
    }
}
