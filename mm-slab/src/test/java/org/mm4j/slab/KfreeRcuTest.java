package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.slab.Kmalloc.ZERO_SIZE_PTR;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.CpuSource;

/** Memory that is freed when its readers have left. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class KfreeRcuTest {
    private final Rcu rcu = new Rcu(2, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
    private final TestSlabs machine;
    private final Kmalloc kmalloc;

    KfreeRcuTest(EngineKind engine) {
        machine = new TestSlabs(engine.over(SlabConfig.ofCpus(1).withRcu(rcu)));
        kmalloc = new Kmalloc(machine.slabs);
    }

    private static KmemCacheArgs alone() {
        return KmemCacheArgs.NONE.withFlags(SlabFlags.SLAB_NO_MERGE);
    }

    @ParameterizedTest(name = "A32, F16 readers of {0} bytes find them as they were")
    @ValueSource(ints = {40, 8192, 20_000})
    void readersFindWhatWasThere(int bytes) {
        long address = kmalloc.kmalloc(bytes, GFP_KERNEL);
        machine.paint(address, bytes, 5);
        int section = rcu.readLock();
        kmalloc.kfreeRcu(address);
        rcu.work();
        for (int i = 0; i < 50; i++) {
            assertThat(kmalloc.kmalloc(bytes, GFP_KERNEL)).isNotEqualTo(address);
        }
        assertThat(machine.isPainted(address, bytes, 5)).isTrue();
        assertThat(kmalloc.kfreeRcuWaiting()).isOne();
        machine.expectValid();
        rcu.readUnlock(section);
        kmalloc.kfreeRcuBarrier();
        assertThat(kmalloc.kfreeRcuWaiting()).isZero();
        assertThatThrownBy(() -> kmalloc.ksize(address)).isInstanceOf(BadObjectException.class);
        machine.expectValid();
    }

    @ParameterizedTest(name = "{0} bytes are freed once")
    @ValueSource(ints = {40, 20_000})
    void aSecondFreeIsRefusedAtOnce(int bytes) {
        long address = kmalloc.kmalloc(bytes, GFP_KERNEL);
        kmalloc.kfreeRcu(address);
        assertThatThrownBy(() -> kmalloc.kfreeRcu(address)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> kmalloc.kfreeRcuMightSleep(address)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> kmalloc.kfree(address)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> kmalloc.kfreeRcu(address + 8)).isInstanceOf(BadObjectException.class);
        assertThatThrownBy(() -> kmalloc.kfreeRcu(HeapMemory.ADDRESS)).isInstanceOf(BadObjectException.class);
        kmalloc.kfreeRcu(0);
        kmalloc.kfreeRcuMightSleep(ZERO_SIZE_PTR);
        assertThat(kmalloc.kfreeRcuWaiting()).isOne();
        kmalloc.kfreeRcuBarrier();
        assertThatThrownBy(() -> kmalloc.kfree(address)).isInstanceOf(BadObjectException.class);
        machine.expectValid();
    }

    @Test
    @DisplayName("K7 a cache that is destroyed right after kfree_rcu waits for its objects")
    void destroyWaits() {
        KmemCache cache = machine.create("TestSlub_kfree_rcu", 48, alone());
        kmalloc.kfreeRcu(cache.alloc(GFP_KERNEL));
        assertThat(cache.destroy().isDestroyed()).isTrue();
        assertThat(machine.log.lines()).isEmpty();
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("K8 ten times, destroyed by another thread while readers come and go")
    void destroyedByAnotherThread() throws InterruptedException {
        for (int round = 0; round < 10; round++) {
            KmemCache cache = machine.create("TestSlub_kfree_rcu_wq_destroy", 48, alone());
            int section = rcu.readLock();
            long object = cache.alloc(GFP_KERNEL);
            kmalloc.kfreeRcu(object);
            List<DestroyReport> reports = new ArrayList<>();
            Thread worker = Thread.ofPlatform().start(() -> reports.add(cache.destroy()));
            rcu.readUnlock(section);
            worker.join();
            assertThat(reports).singleElement().matches(DestroyReport::isDestroyed);
        }
        machine.expectAllPagesBack();
    }

    @Test
    @DisplayName("K9 a cache with a live object is reported, and stays")
    void leak() {
        KmemCache cache = machine.create("TestSlub_leak", 64, alone());
        long object = cache.alloc(GFP_KERNEL);
        assertThat(cache.destroy().liveObjects()).isOne();
        assertThat(machine.log.lines().get(0)).contains("TestSlub_leak: Slab cache still has objects");
        assertThat(machine.log.lines().get(1)).startsWith("Objects remaining on __kmem_cache_shutdown()");
        kmalloc.kfree(object);
        assertThat(cache.destroy().isDestroyed()).isTrue();
    }

    @Test
    void manyAreFreedWithoutABarrier() {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            long address = kmalloc.kmalloc(i % 100 == 0 ? 10_000 : 64, GFP_KERNEL);
            all.add(address);
            kmalloc.kfreeRcuMightSleep(address);
        }
        kmalloc.kfreeRcuBarrier();
        assertThat(kmalloc.largeBlocks()).isZero();
        all.forEach(address -> assertThatThrownBy(() -> kmalloc.ksize(address)).isInstanceOf(BadObjectException.class));
        machine.slabs.caches().forEach(KmemCache::shrink);
        machine.expectAllPagesBack();
    }

    @Test
    void withoutGracePeriodsItIsRefused() {
        Kmalloc other = new Kmalloc(TestSlabs.onCpus(1).slabs);
        long address = other.kmalloc(10, GFP_KERNEL);
        assertThatThrownBy(() -> other.kfreeRcu(address)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> other.kfreeRcuMightSleep(address)).isInstanceOf(IllegalStateException.class);
        other.kfreeRcuBarrier();
        other.kfree(address);
    }

    @Test
    void closingFreesWhatWaits() {
        kmalloc.kfreeRcu(kmalloc.kmalloc(10_000, GFP_KERNEL));
        kmalloc.kfreeRcu(kmalloc.kmalloc(100, GFP_KERNEL));
        kmalloc.kmalloc(20_000, GFP_KERNEL);
        kmalloc.kmalloc(50, GFP_KERNEL);
        kmalloc.close();
        assertThat(machine.log.lines()).containsExactly("kmalloc is closed with 1 large blocks of 8 pages live");
        machine.slabs.close();
        assertThat(machine.log.lines()).anyMatch(line -> line.contains("kmalloc-64: Slab cache still has objects"));
        machine.expectAllPagesBack();
        kmalloc.close();
        machine.slabs.close();
        assertThat(rcu.readers()).isZero();
    }
}
