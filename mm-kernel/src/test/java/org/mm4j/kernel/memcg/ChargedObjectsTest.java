package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_DMA;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_ACCOUNT;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_RECLAIMABLE;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.slab.Kmalloc;
import org.mm4j.slab.KmemCache;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.PrefilledSheaf;
import org.mm4j.slab.SlabEngineKind;

/** Objects, percpu memory and areas of vmalloc are charged as in the kernel, and for as long as somebody has them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChargedObjectsTest {
    private static CgroupKernel machine(String engine) {
        return new CgroupKernel(config -> config.withSlab(
                engine.equals("debug")
                        ? config.slab().withDebug("FZPU")
                        : config.slab().withEngine(SlabEngineKind.valueOf(engine))));
    }

    private static long objectBytes(KmemCache cache) {
        return cache.layout().size() + 8L;
    }

    @ParameterizedTest
    @ValueSource(strings = {"CPU_SLAB", "SHEAVES", "OWNED", "debug"})
    void anObjectCostsItsSizeAndAPointerUntilItIsFreed(String engine) {
        try (CgroupKernel machine = machine(engine)) {
            MemoryCgroup group = machine.group("a");
            KmemCache cache = machine.accountCache("things", 100);
            long one = group.call(() -> cache.alloc(GFP_KERNEL));
            long[] more = new long[50];
            group.run(() -> cache.allocBulk(GFP_KERNEL, more));
            long outside = cache.alloc(GFP_KERNEL);

            assertThat(group.stat().slabUnreclaimable()).isEqualTo(51 * objectBytes(cache));
            assertThat(group.bytesCharged()).isGreaterThanOrEqualTo(51 * objectBytes(cache));
            cache.free(outside);
            cache.free(one);
            assertThatThrownBy(() -> cache.free(one)).isInstanceOf(BadObjectException.class);
            assertThat(group.stat().slab()).isEqualTo(50 * objectBytes(cache));
            cache.freeBulk(more, 20);
            assertThat(group.stat().slab()).isEqualTo(30 * objectBytes(cache));
            cache.freeBulk(Arrays.copyOfRange(more, 20, more.length));
            assertThat(group.stat().kernel()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CPU_SLAB", "SHEAVES", "OWNED", "debug"})
    void everyWayToFreeUncharges(String engine) {
        try (CgroupKernel machine = machine(engine)) {
            MemoryCgroup group = machine.group("a");
            Kmalloc kmalloc = machine.kernel.kmalloc();
            long[] memory = new long[6];
            group.run(() -> {
                for (int at = 0; at < memory.length; at++) {
                    memory[at] = kmalloc.kmalloc(at == 5 ? 20_000 : 200, GFP_KERNEL_ACCOUNT);
                }
            });
            assertThat(group.stat().pages()).as("a large block").isEqualTo(8 * PAGE);
            assertThat(group.stat().slab()).isPositive();

            kmalloc.kfree(memory[0]);
            kmalloc.kfreeSensitive(memory[1]);
            kmalloc.kfreeRcu(memory[2]);
            kmalloc.kfreeBulk(new long[] {memory[3], memory[5]}, 2);
            long moved = group.call(() -> kmalloc.krealloc(memory[4], 3000, GFP_KERNEL_ACCOUNT));
            kmalloc.kfree(moved);
            kmalloc.kfreeRcuBarrier();
            assertThat(group.stat().kernel()).isZero();
        }
    }

    @Test
    void aBulkThatDoesNotFitIsUndoneAndSoIsOneForWhichThereAreNoPages() {
        try (CgroupKernel machine = machine("CPU_SLAB")) {
            KmemCache cache = machine.accountCache("large", 4000);
            MemoryCgroup small = machine.group("small", 10L * PAGE);
            long[] objects = new long[20];
            assertThat(small.<Integer, RuntimeException>call(() -> cache.allocBulk(GFP_KERNEL, objects)))
                    .isZero();
            assertThat(objects).containsOnly(0);
            assertThat(small.stat().slab()).isZero();
            long[] few = new long[9];
            assertThat(small.<Integer, RuntimeException>call(() -> cache.allocBulk(GFP_KERNEL, few)))
                    .isEqualTo(9);
            cache.freeBulk(few);

            MemoryCgroup unlimited = machine.group("unlimited");
            long[] tooMany = new long[30_000];
            assertThat(unlimited.<Integer, RuntimeException>call(
                            () -> cache.allocBulk(GFP_KERNEL | __GFP_NOWARN, tooMany)))
                    .isZero();
            assertThat(unlimited.stat().slab()).isZero();
        }
    }

    @Test
    @DisplayName("C35: DMA wins over ACCOUNT, and is charged all the same; so is RECLAIMABLE")
    void typesOfKmalloc() {
        try (CgroupKernel machine = machine("CPU_SLAB")) {
            MemoryCgroup group = machine.group("a");
            Kmalloc kmalloc = machine.kernel.kmalloc();
            int[] flags = {
                GFP_KERNEL_ACCOUNT,
                GFP_DMA | __GFP_ACCOUNT,
                GFP_KERNEL_ACCOUNT | __GFP_RECLAIMABLE,
                GFP_DMA | __GFP_ACCOUNT | __GFP_RECLAIMABLE
            };
            String[] names = {"kmalloc-cg-64", "dma-kmalloc-64", "kmalloc-rcl-64", "dma-kmalloc-64"};
            for (int at = 0; at < flags.length; at++) {
                int gfp = flags[at];
                long address = group.call(() -> kmalloc.kmalloc(64, gfp));
                assertThat(machine.kernel.slab().cacheOf(address)).hasToString("cache " + names[at]);
                CgroupStat stat = group.stat();
                assertThat(names[at].contains("rcl") ? stat.slabReclaimable() : stat.slabUnreclaimable())
                        .as(names[at])
                        .isEqualTo(72);
                kmalloc.kfree(address);
            }
            long unflagged = group.call(() -> kmalloc.kmalloc(64, GFP_KERNEL));
            assertThat(group.stat().slab()).isZero();
            kmalloc.kfree(unflagged);
        }
    }

    @Test
    @DisplayName("kmem_cache_charge(): late, once, and not over the limit")
    void lateCharge() {
        try (CgroupKernel machine = machine("OWNED")) {
            MemoryCgroup group = machine.group("a");
            MemoryCgroup full = machine.group("full", 0);
            KmemCache cache = machine.kernel.slab().kmemCacheCreate("plain", 64, KmemCacheArgs.NONE);
            assertThat(cache).isNotNull();
            long object = cache.alloc(GFP_KERNEL);

            assertThat(full.<Boolean, RuntimeException>call(
                            () -> machine.kernel.slab().charge(object, GFP_KERNEL)))
                    .isFalse();
            for (int time = 0; time < 2; time++) {
                assertThat(group.<Boolean, RuntimeException>call(
                                () -> machine.kernel.slab().charge(object, GFP_KERNEL)))
                        .isTrue();
            }
            assertThat(group.stat().slab()).isEqualTo(objectBytes(cache));
            assertThatThrownBy(() -> machine.kernel.slab().charge(object + 1, GFP_KERNEL))
                    .isInstanceOf(BadObjectException.class);
            cache.free(object);
            assertThatThrownBy(() -> machine.kernel.slab().charge(object, GFP_KERNEL))
                    .isInstanceOf(BadObjectException.class);
            assertThat(group.stat().slab()).isZero();
        }
    }

    @Test
    void objectsSetApartAreChargedToWhoeverSetThemApart() {
        try (CgroupKernel machine = machine("SHEAVES")) {
            MemoryCgroup group = machine.group("a");
            KmemCache cache = machine.accountCache("things", 64);
            PrefilledSheaf sheaf = group.call(() -> cache.prefillSheaf(GFP_KERNEL, 10));
            assertThat(sheaf).isNotNull();
            long object = sheaf.alloc(GFP_KERNEL);
            assertThat(group.stat().slab()).isEqualTo(10 * objectBytes(cache));
            sheaf.close();
            assertThat(group.stat().slab()).isEqualTo(objectBytes(cache));
            cache.free(object);
        }
    }

    @Test
    void percpuMemoryCostsAllCopiesAndTheirPayers() {
        try (CgroupKernel machine = machine("CPU_SLAB")) {
            MemoryCgroup group = machine.group("a");
            PerCpuAllocator percpu = machine.kernel.percpu();
            long handle = group.call(() -> percpu.allocPercpu(100, 8, GFP_KERNEL_ACCOUNT));
            assertThat(group.stat().percpu()).isEqualTo(100L * percpu.cpus() + 100 / 4 * 8);
            assertThat(group.stat().pages()).as("pages of chunks are nobody's").isZero();
            assertThatThrownBy(() -> percpu.freePercpu(handle + 4)).isInstanceOf(IllegalArgumentException.class);
            assertThat(group.stat().percpu()).isPositive();
            percpu.freePercpu(handle);
            percpu.freePercpu(handle);
            assertThat(group.stat().percpu()).isZero();

            MemoryCgroup full = machine.group("full", PAGE);
            assertThat(full.<Long, RuntimeException>call(() -> percpu.allocPercpu(16384, 8, GFP_KERNEL_ACCOUNT)))
                    .isEqualTo(PerCpuAllocator.NONE);
            assertThat(group.<Long, RuntimeException>call(
                            () -> percpu.allocPercpu(65536, 8, GFP_KERNEL_ACCOUNT | __GFP_NOWARN)))
                    .isEqualTo(PerCpuAllocator.NONE);
            assertThat(full.stat().percpu()).isZero();
        }
    }

    @Test
    @DisplayName("O14: test_kmem_kernel_stacks: areas of vmalloc are charged page by page")
    void vmalloc() {
        try (CgroupKernel machine = machine("CPU_SLAB")) {
            MemoryCgroup group = machine.group("a");
            long[] stacks = new long[200];
            group.run(() -> {
                for (int at = 0; at < stacks.length; at++) {
                    stacks[at] = machine.kernel.vmalloc().vmallocWith(4 * PAGE, GFP_KERNEL_ACCOUNT);
                }
            });
            assertThat(stacks).doesNotContain(0);
            assertThat(group.stat().vmalloc()).isEqualTo(200L * 4 * PAGE);
            assertThat(group.stat().kernel()).isGreaterThanOrEqualTo(200L * 4 * PAGE);
            for (long stack : stacks) {
                machine.kernel.vmalloc().vfree(stack);
            }
            machine.kernel.vmalloc().vmUnmapAliases();
            assertThat(group.stat().kernel()).isZero();

            MemoryCgroup small = machine.group("small", 10L * PAGE);
            assertThat(small.<Long, RuntimeException>call(
                            () -> machine.kernel.vmalloc().vmallocWith(11 * PAGE, GFP_KERNEL_ACCOUNT | __GFP_NOWARN)))
                    .as("all or nothing")
                    .isZero();
            assertThat(small.stat().kernel()).isZero();
            long fits = small.call(() -> machine.kernel.vmalloc().vmallocWith(10 * PAGE, GFP_KERNEL_ACCOUNT));
            assertThat(fits).isNotZero();
            machine.kernel.vmalloc().vfree(fits);
            machine.kernel.vmalloc().vmUnmapAliases();
        }
    }

    @Test
    void aKernelWithoutCgroupsSaysHowToHaveThem() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20))) {
            assertThatThrownBy(kernel::cgroups)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("KernelConfig.withCgroups(true)");
            long plain = kernel.kmalloc().kmalloc(64, GFP_KERNEL_ACCOUNT);
            assertThat(kernel.slab().charge(plain, GFP_KERNEL)).isTrue();
            kernel.kmalloc().kfree(plain);
        }
    }
}
