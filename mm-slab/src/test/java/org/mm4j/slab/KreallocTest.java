package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.api.Gfp.__GFP_NOWARN;
import static org.mm4j.api.Gfp.__GFP_THISNODE;
import static org.mm4j.api.Gfp.__GFP_ZERO;
import static org.mm4j.api.PageAllocator.NO_NODE;
import static org.mm4j.slab.Kmalloc.ZERO_SIZE_PTR;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadObjectException;

/** Memory that becomes larger or smaller. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#presentAndDebug")
class KreallocTest {
    private final EngineKind engine;
    private final TestSlabs machine;
    private final Kmalloc kmalloc;

    KreallocTest(EngineKind engine) {
        this.engine = engine;
        machine = new TestSlabs(engine.over(SlabConfig.ofCpus(2).withNodes(2, cpu -> cpu)));
        kmalloc = new Kmalloc(machine.slabs);
    }

    @Test
    @DisplayName("C37 krealloc to 0 bytes frees")
    void toNothing() {
        for (int bytes : new int[] {10, 20_000}) {
            long address = kmalloc.kmalloc(bytes, GFP_KERNEL);
            assertThat(kmalloc.krealloc(address, 0, GFP_KERNEL)).isEqualTo(ZERO_SIZE_PTR);
            assertThatThrownBy(() -> kmalloc.kfree(address)).isInstanceOf(BadObjectException.class);
        }
        assertThat(kmalloc.krealloc(0, 0, GFP_KERNEL)).isEqualTo(ZERO_SIZE_PTR);
    }

    @Test
    @DisplayName("C38 a smaller size with a larger alignment copies the new size, and no more")
    void smallerAndAligned() {
        long first = kmalloc.kmalloc(128, GFP_KERNEL);
        long second = kmalloc.kmalloc(128, GFP_KERNEL);
        long address = first % 256 == 0 ? second : first;
        machine.paint(address, 128, 9);
        long moved = kmalloc.kreallocNodeAlign(address, 64, 256, GFP_KERNEL | __GFP_ZERO, NO_NODE);
        assertThat(moved % 256).isZero();
        assertThat(moved).isNotEqualTo(address);
        assertThat(machine.isPainted(moved, 64, 9)).isTrue();
        long zeroed = engine == EngineKind.DEBUG ? 64 : kmalloc.ksize(moved);
        for (int at = 64; at < zeroed; at += 8) {
            assertThat(machine.word(moved + at)).as("at %d", at).isZero();
        }
        assertThatThrownBy(() -> kmalloc.kfree(address)).hasMessageContaining("already free");
        kmalloc.kfree(moved);
        machine.expectValid();
    }

    @ParameterizedTest(name = "A11-A15, F17 krealloc {0} to {1}")
    @CsvSource({
        "201, 235",
        "235, 201",
        "8393, 8427",
        "8427, 8393",
        "100, 129",
        "129, 100",
        "100, 9000",
        "9000, 100",
        "32, 40",
        "40, 16"
    })
    void resize(int from, int to) {
        long address = kmalloc.kmalloc(from, GFP_KERNEL);
        machine.paint(address, from, 4);
        long resized = kmalloc.krealloc(address, to, GFP_KERNEL);
        assertThat(resized == address).isEqualTo(to <= SizeClasses.LINUX.roundUp(from));
        assertThat(machine.isPainted(resized, Math.min(from, to), 4)).isTrue();
        assertThat(kmalloc.ksize(resized)).isGreaterThanOrEqualTo(to);
        if (resized != address) {
            assertThatThrownBy(() -> kmalloc.krealloc(address, 10, GFP_KERNEL)).isInstanceOf(BadObjectException.class);
        }
        kmalloc.kfree(resized);
    }

    @Test
    @DisplayName("F15 a page that grows by zeroes")
    void zeroes() {
        long address = kmalloc.kmalloc(4096, GFP_KERNEL | __GFP_ZERO);
        machine.paint(address, 4096, 6);
        long shrunk = kmalloc.krealloc(address, 1000, GFP_KERNEL | __GFP_ZERO);
        assertThat(shrunk).isEqualTo(address);
        assertThat(machine.isPainted(shrunk, 1000, 6)).isTrue();
        long grown = kmalloc.krealloc(shrunk, 12_000, GFP_KERNEL | __GFP_ZERO);
        assertThat(machine.isPainted(grown, 1000, 6)).isTrue();
        for (int at = 1000; at < 16384; at += 8) {
            assertThat(machine.word(grown + at)).as("at %d", at).isZero();
        }
        kmalloc.kfree(grown);
    }

    @Test
    void memoryMovesToTheNodeThatIsWanted() {
        for (int bytes : new int[] {500, 30_000}) {
            long here = kmalloc.kmallocNode(bytes, GFP_KERNEL | __GFP_THISNODE, 0);
            machine.paint(here, bytes, 2);
            assertThat(kmalloc.kreallocNodeAlign(here, bytes, 1, GFP_KERNEL | __GFP_THISNODE, 0))
                    .isEqualTo(here);
            assertThat(kmalloc.kreallocNodeAlign(here, bytes, 1, GFP_KERNEL, 1))
                    .as("a wish")
                    .isEqualTo(here);
            long there = kmalloc.kreallocNodeAlign(here, bytes, 1, GFP_KERNEL | __GFP_THISNODE, 1);
            assertThat(machine.pages.nodeOf((there - HeapMemory.ADDRESS) >>> 12))
                    .isOne();
            assertThat(machine.isPainted(there, bytes, 2)).isTrue();
            kmalloc.kfree(there);
        }
    }

    @ParameterizedTest(name = "what has no memory stays as it was: {0}")
    @ValueSource(longs = {100_000, (4 << 20) + 1, -1, Long.MAX_VALUE})
    void withoutMemory(long bytes) {
        long address = kmalloc.kmalloc(50, GFP_KERNEL);
        machine.paint(address, 50, 8);
        machine.pagesLeft.set(0);
        assertThat(kmalloc.krealloc(address, bytes, GFP_KERNEL | __GFP_NOWARN)).isZero();
        assertThat(machine.isPainted(address, 50, 8)).isTrue();
        machine.pagesLeft.set(-1);
        kmalloc.kfree(address);
        machine.expectValid();
    }

    @Test
    void anAlignmentIsAPowerOfTwo() {
        for (long align : new long[] {0, 3, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> kmalloc.kreallocNodeAlign(0, 10, align, GFP_KERNEL, NO_NODE))
                    .hasMessage("an alignment is a power of two, not " + align);
        }
        assertThat(kmalloc.kreallocNodeAlign(0, 10, 8L << 20, GFP_KERNEL, NO_NODE))
                .isZero();
        long aligned = kmalloc.kreallocNodeAlign(0, 10, 1 << 20, GFP_KERNEL, NO_NODE);
        assertThat((aligned - HeapMemory.ADDRESS) % (1 << 20)).isZero();
        kmalloc.kfree(aligned);
    }

    /** Many blocks that grow and shrink; each is painted, and each must stay as it is painted. */
    @ParameterizedTest(name = "a model of krealloc, seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void model(long seed) {
        Random random = new Random(seed);
        long[] addresses = new long[40];
        int[] sizes = new int[addresses.length];
        for (int step = 0; step < 4_000; step++) {
            int at = random.nextInt(addresses.length);
            int bytes = random.nextInt(1 << (2 + random.nextInt(13)));
            machine.pagesLeft.set(random.nextInt(8) == 0 ? 0 : -1);
            int align = 1 << random.nextInt(10);
            long next = kmalloc.kreallocNodeAlign(addresses[at], bytes, align, GFP_KERNEL | __GFP_NOWARN, NO_NODE);
            String what = "seed " + seed + ", step " + step;
            if (next == 0) {
                assertThat(machine.isPainted(addresses[at], sizes[at], at))
                        .as(what)
                        .isTrue();
                continue;
            }
            if (bytes > 0) {
                assertThat(next % align).as(what).isZero();
            }
            assertThat(machine.isPainted(next, Math.min(bytes, sizes[at]), at))
                    .as(what)
                    .isTrue();
            assertThat(kmalloc.ksize(next)).as(what).isGreaterThanOrEqualTo(bytes);
            addresses[at] = next;
            sizes[at] = bytes;
            machine.paint(next, bytes, at);
        }
        machine.pagesLeft.set(-1);
        kmalloc.kfreeBulk(addresses, addresses.length);
        machine.expectValid();
        machine.slabs.caches().forEach(KmemCache::shrink);
        machine.expectAllPagesBack();
    }
}
