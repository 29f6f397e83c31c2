package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.memory.HostCpus;
import org.mm4j.memory.MemoryOptions;
import org.mm4j.slab.SlabEngineKind;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PresetsTest {
    static Stream<KernelConfig> presets() {
        return Stream.of(KernelConfig.linux(), KernelConfig.library(), KernelConfig.study());
    }

    @ParameterizedTest
    @MethodSource("presets")
    void everyPresetBootsAndWorks(KernelConfig config) {
        try (Kernel kernel = Kernel.boot(config)) {
            work(kernel, 1);
            try (KernelArena arena = kernel.openArena()) {
                arena.allocate(1000).fill((byte) 1);
            }
            kernel.arenas().trim();
            assertThat(kernel.validate()).isEmpty();
            assertThat(kernel.slab().objectsInUse()).isZero();
            assertThat(kernel.pagesInUse()).isZero();
        }
    }

    @Test
    void aLibraryHasDenseClassesAndEveryFrame() {
        try (Kernel kernel = Kernel.boot(KernelConfig.library(16 << 20))) {
            assertThat(kernel.kmalloc().kmallocSizeRoundup(520)).isEqualTo(640);
            assertThat(kernel.nodes()).hasSize(1);
            assertThat(kernel.nodes().getFirst().zones().stream().filter(z -> z.pagesManaged() > 0))
                    .singleElement()
                    .satisfies(zone -> assertThat(zone.watermarks().min()).isZero());
            assertThat(kernel.config().slab().engine())
                    .isEqualTo(HostCpus.membarrier().isPresent() ? SlabEngineKind.OWNED : SlabEngineKind.CPU_SLAB);
            int gfp = Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN;
            assertThat(LongStream.generate(() -> kernel.pages().allocPages(gfp, 0))
                            .takeWhile(pfn -> pfn != PageFrame.NONE)
                            .count())
                    .isGreaterThan(4000);
            assertThat(kernel.buddyinfo()).matches("Node 0, zone   Normal( +0){11} ?\\n");
        }
    }

    @Test
    void aStudyIsRepeatableToTheLastAddress() {
        List<Long> once = run(KernelConfig.study());
        assertThat(run(KernelConfig.study())).isEqualTo(once);
        KernelConfig other = KernelConfig.study();
        assertThat(run(other.withSlab(other.slab().withSeed(7)))).isNotEqualTo(once);
        assertThat(KernelConfig.study().nodes()).hasSize(2);
    }

    private static List<Long> run(KernelConfig config) {
        try (Kernel kernel = Kernel.boot(config)) {
            assertThat(kernel.slabAttributes("kmalloc-128"))
                    .containsEntry("red_zone", "1\n")
                    .containsEntry("poison", "1\n")
                    .containsEntry("store_user", "1\n")
                    .containsEntry("sanity_checks", "1\n");
            List<Long> addresses = work(kernel, 5);
            long start = kernel.memory().directMapAddress();
            return addresses.stream().map(address -> address - start).toList();
        }
    }

    private static List<Long> work(Kernel kernel, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> all = new ArrayList<>();
        List<Long> live = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            long address = kernel.kmalloc().kmalloc(1 + random.nextInt(3000), Gfp.GFP_KERNEL);
            all.add(address);
            live.add(address);
            if (random.nextBoolean()) {
                kernel.kmalloc().kfree(live.remove(random.nextInt(live.size())));
            }
        }
        live.forEach(kernel.kmalloc()::kfree);
        return all;
    }

    @Test
    void badSettingsAreNamed() {
        KernelConfig config = KernelConfig.linux();
        assertThatThrownBy(() -> KernelConfig.ofBytes(4096))
                .hasMessage("a kernel needs 1048576 bytes or more, not 4096");
        assertThatThrownBy(() -> KernelConfig.library(4096))
                .hasMessage("a kernel needs 1048576 bytes or more, not 4096");
        assertThatThrownBy(() -> KernelConfig.ofBytes(5000)).hasMessageContaining("multiple of 4096 bytes, not 5000");
        assertThatThrownBy(() -> KernelConfig.ofBytes(-4096)).hasMessageContaining("not -4096");
        assertThatThrownBy(() -> KernelConfig.ofMemory(MemoryOptions.defaults(), 0))
                .hasMessage("1073741824 bytes cannot be shared by 0 nodes: each has 4 MiB at least");
        assertThatThrownBy(() -> config.withNodes(List.of())).hasMessage("a kernel has 1 node or more, not 0");
        assertThatThrownBy(() -> config.withMemory(MemoryOptions.defaults().withBytes(8 << 20)))
                .hasMessageContaining("but the memory has 2048");
        assertThatThrownBy(() -> config.slab().withDebug("Q")).hasMessageContaining("Q");
        assertThatThrownBy(() -> config.arenas().withArenasPerScope(0))
                .hasMessage("1 to 65536 arenas can share a scope, not 0");
        assertThatThrownBy(() -> config.arenas().withRestNanos(-1)).hasMessage("a rest is 0 ns or longer, not -1");
        assertThatThrownBy(() -> Kernel.boot(config.withDistances(List.of(List.of(1, 2)))))
                .hasMessageContaining("the distances of 1 nodes are 1 rows of 1");
    }

    @Test
    void theSmallestKernelWorks() {
        for (KernelConfig config : List.of(KernelConfig.ofBytes(1 << 20), KernelConfig.library(1 << 20))) {
            try (Kernel kernel = Kernel.boot(config)) {
                long address = kernel.kmalloc().kmalloc(100, Gfp.GFP_KERNEL);
                assertThat(address).isNotZero();
                kernel.kmalloc().kfree(address);
                assertThat(kernel.validate()).isEmpty();
            }
        }
    }
}
