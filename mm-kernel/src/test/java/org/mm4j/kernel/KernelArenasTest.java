package org.mm4j.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.arena.KernelArena;
import org.mm4j.memory.BackEnd;
import org.mm4j.memory.MemoryOptions;
import org.mm4j.slab.KmemCache;

/** Arenas and segments of a whole kernel. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelArenasTest {
    private static final long BYTES = 64L << 20;

    private static KernelConfig config(BackEnd backEnd) {
        return KernelConfig.ofMemory(MemoryOptions.defaults().withBytes(BYTES).withBackEnd(backEnd), 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"MEMFD", "ARENA"})
    void segmentsEndWithTheirArena(BackEnd backEnd) {
        try (Kernel kernel = Kernel.boot(config(backEnd))) {
            MemorySegment stale;
            try (KernelArena arena = kernel.arenas().openConfined("confined")) {
                stale = arena.allocateFrom(JAVA_INT, 1, 2, 3);
                assertThat(kernel.directMap().contains(stale.address())).isTrue();
                assertThat(arena.allocate(3 << 20).byteSize()).isEqualTo(3 << 20);
            }
            assertThatThrownBy(() -> stale.get(JAVA_INT, 0)).isInstanceOf(IllegalStateException.class);
            try (KernelArena arena = kernel.openArena()) {
                assertThat(arena.allocateFrom("mm").getString(0)).isEqualTo("mm");
            }
            kernel.arenas().trim();
            assertThat(kernel.kmalloc().largeBlocks()).isZero();
            assertThat(kernel.validate()).isEmpty();
        }
    }

    @Test
    void moreThanABlockIsVmalloc() {
        try (Kernel kernel = Kernel.boot(config(BackEnd.MEMFD));
                KernelArena arena = kernel.openArena()) {
            MemorySegment large = arena.allocate(8 << 20);
            assertThat(kernel.vmalloc().isVmallocAddr(large.address())).isTrue();
            assertThat(large.get(JAVA_LONG, (8 << 20) - 8)).isZero();
        }
    }

    @Test
    void scatteredFramesAreNoSegmentWithoutMemfd() {
        try (Kernel kernel = Kernel.boot(config(BackEnd.ARENA));
                KernelArena arena = kernel.openArena()) {
            List<Long> blocks = LongStream.generate(
                            () -> kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, 10))
                    .takeWhile(pfn -> pfn != PageFrame.NONE)
                    .boxed()
                    .toList();
            for (int i = 0; i < blocks.size(); i += 2) {
                kernel.pages().freePages(blocks.get(i), 10);
            }
            assertThatThrownBy(() -> arena.allocate(8 << 20))
                    .isInstanceOf(AllocationFailure.class)
                    .hasMessageContaining("without a memfd there are 4 MiB at most");
            assertThat(kernel.vmalloc().pagesUsed()).isZero();
        }
    }

    @Test
    void theKernelWaitsForConfinedArenasAndEndsSharedOnes() {
        Kernel kernel = Kernel.boot(config(BackEnd.AUTO));
        KernelArena confined = kernel.arenas().openConfined("mine");
        KernelArena shared = kernel.openArena("ours");
        MemorySegment segment = shared.allocate(100);
        assertThatThrownBy(kernel::close)
                .hasMessageContaining("before 1 confined arenas")
                .hasMessageContaining("'mine'");
        assertThat(segment.get(JAVA_INT, 0)).isZero();
        confined.allocate(8);
        confined.close();
        kernel.close();
        assertThat(kernel.log().lines()).contains("arena 'ours', shared, 100 bytes was open");
        assertThatThrownBy(() -> segment.get(JAVA_INT, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> kernel.openArena()).hasMessage("the kernel is closed");
    }

    /** Nobody else may close a confined arena, and a thread that has ended cannot. */
    @Test
    void aConfinedArenaOfAThreadThatHasEndedEndsWithTheKernel() throws Exception {
        Kernel kernel = Kernel.boot(config(BackEnd.AUTO));
        KernelArena[] orphan = new KernelArena[1];
        CountDownLatch isOpen = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Thread thread = Thread.ofPlatform().name("worker").start(() -> {
            orphan[0] = kernel.arenas().openConfined("forgotten");
            orphan[0].allocate(300_000).fill((byte) 7);
            isOpen.countDown();
            awaitUninterruptibly(mayEnd);
        });
        isOpen.await();
        assertThatThrownBy(kernel::close).hasMessageContaining("before 1 confined arenas");
        mayEnd.countDown();
        thread.join();
        assertThat(kernel.arenas().live().toString()).contains("confined to worker, which has ended");
        kernel.close();
        assertThat(kernel.log().lines())
                .containsExactly("arena 'forgotten', confined to worker, which has ended, 300000 bytes was open");
        assertThat(orphan[0].isOpen()).isFalse();
        assertThatThrownBy(() -> orphan[0].allocate(1)).isInstanceOf(WrongThreadException.class);
        kernel.close();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCacheGivesSegmentsOfItsObjectsOnly() {
        try (Kernel kernel = Kernel.boot(config(BackEnd.AUTO))) {
            KmemCache cache = Objects.requireNonNull(kernel.slab().kmemCacheCreate("inodes", 600, 64, 0));
            CacheSegments inodes = kernel.segmentsOf(cache, Gfp.GFP_KERNEL | Gfp.__GFP_ZERO);
            MemorySegment one = inodes.allocate();
            assertThat(one.byteSize()).isEqualTo(600);
            assertThat(inodes.allocateFrom(JAVA_INT, 7, 8).getAtIndex(JAVA_INT, 1))
                    .isEqualTo(8);
            assertThat(inodes.allocate(1, 64).address() % 64).isZero();
            assertThatThrownBy(() -> inodes.allocate(601, 1))
                    .hasMessage("cache inodes has objects of 600 bytes, not of 601");
            assertThatThrownBy(() -> inodes.allocate(-1, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> inodes.allocate(8, 128))
                    .hasMessage("cache inodes has objects at multiples of 64, which gives no alignment of 128");
            assertThatThrownBy(() -> inodes.allocate(8, 3)).isInstanceOf(IllegalArgumentException.class);
            inodes.free(one);
            assertThatThrownBy(() -> inodes.free(one)).isInstanceOf(BadObjectException.class);
            assertThatThrownBy(() -> inodes.free(MemorySegment.ofArray(new byte[8])))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(kernel.slab().objectsInUse()).isEqualTo(2);
        }
    }

    /** Also where segments cannot be cut from the kernel's memory. */
    @Test
    void arenasNeedNoNativeAccess() throws Exception {
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--illegal-native-access=deny",
                "-cp",
                Stream.of("java.class.path", "jdk.module.path")
                        .map(System::getProperty)
                        .filter(Objects::nonNull)
                        .collect(Collectors.joining(File.pathSeparator)),
                NoNativeArena.class.getName());
        program.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        Process java = program.redirectErrorStream(true).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(output.lines()).containsExactly("arena", "0 Already closed", "0 Already closed", "[]");
    }
}
