package org.mm4j.kernel.arena;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.AllocationFailure;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelArenaTest {
    private final ArenaMachine machine = ArenaMachine.busy();
    private final long pagesFree = machine.pagesFree();

    @AfterEach
    void close() {
        machine.close();
    }

    private KernelArena open(boolean isConfined) {
        return isConfined ? machine.arenas.openConfined("test") : machine.arenas.openShared("test");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void segmentsAreZeroedAlignedAndApart(boolean isConfined) {
        try (KernelArena arena = open(isConfined)) {
            List<MemorySegment> segments = new ArrayList<>();
            for (long align = 1; align <= 1 << 16; align *= 2) {
                for (long bytes : new long[] {0, 1, 7, 256, 5000, 40_000}) {
                    MemorySegment segment = arena.allocate(bytes, align);
                    assertThat(segment.byteSize()).isEqualTo(bytes);
                    assertThat(segment.address() % align).isZero();
                    assertThat(segment.scope().isAlive()).isTrue();
                    assertThat(segment.mismatch(MemorySegment.ofArray(new byte[(int) bytes])))
                            .isEqualTo(-1);
                    segment.fill((byte) 0x55);
                    segments.add(segment);
                }
            }
            for (int i = 0; i < segments.size(); i++) {
                for (int j = 0; j < i; j++) {
                    MemorySegment one = segments.get(i);
                    MemorySegment other = segments.get(j);
                    boolean isApart = one.address() + one.byteSize() <= other.address()
                            || other.address() + other.byteSize() <= one.address()
                            || one.byteSize() == 0
                            || other.byteSize() == 0;
                    assertThat(isApart).as("%s and %s", one, other).isTrue();
                }
            }
        }
        machine.arenas.trim();
        assertThat(machine.pagesFree()).isEqualTo(pagesFree);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void usedMemoryIsZeroedAgainUnlessNobodyAsks(boolean isConfined) {
        for (int round = 0; round < 3; round++) {
            try (KernelArena arena = open(isConfined)) {
                assertThat(arena.allocate(8).get(JAVA_LONG, 0)).isZero();
                arena.allocateUninitialized(8).set(JAVA_LONG, 0, -1);
                arena.allocateUninitialized(8_000).fill((byte) -1);
            }
            machine.arenas.trim();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClosedArenaRefusesEverything(boolean isConfined) {
        KernelArena arena = open(isConfined);
        arena.allocate(8);
        assertThat(arena.isOpen()).isTrue();
        arena.close();
        assertThat(arena.isOpen()).isFalse();
        assertThatThrownBy(() -> arena.allocate(8)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> arena.allocateUninitialized(8)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(arena::close).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void badNumbersAreRefused(boolean isConfined) {
        try (KernelArena arena = open(isConfined)) {
            assertThatThrownBy(() -> arena.allocate(-1)).hasMessage("a segment has 0 bytes or more, not -1");
            assertThatThrownBy(() -> arena.allocate(8, 3)).hasMessage("an alignment is a power of two, not 3");
            assertThatThrownBy(() -> arena.allocate(8, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> arena.allocate(8, Long.MIN_VALUE)).isInstanceOf(IllegalArgumentException.class);
            for (long bytes : new long[] {64L << 20, Long.MAX_VALUE - 4096, Long.MAX_VALUE}) {
                assertThatThrownBy(() -> arena.allocate(bytes, 4096)).isInstanceOf(AllocationFailure.class);
                assertThatThrownBy(() -> arena.allocate(bytes, 1L << 40)).isInstanceOf(AllocationFailure.class);
            }
            assertThatThrownBy(() -> arena.allocate(8, 1L << 62)).isInstanceOf(AllocationFailure.class);
            assertThat(arena.allocate(8).get(JAVA_LONG, 0)).isZero();
        }
    }

    @Test
    void aConfinedArenaIsItsOpenersAlone() throws Exception {
        KernelArena arena = open(true);
        MemorySegment segment = arena.allocate(8);
        elsewhere(() -> {
            assertThatThrownBy(() -> arena.allocate(8)).isInstanceOf(WrongThreadException.class);
            assertThatThrownBy(arena::close).isInstanceOf(WrongThreadException.class);
            assertThatThrownBy(() -> segment.get(JAVA_LONG, 0)).isInstanceOf(WrongThreadException.class);
            assertThatThrownBy(machine::closeArenas).hasMessageContaining("1 confined arenas");
        });
        assertThat(arena.scope()).isEqualTo(segment.scope());
        arena.close();
        assertThat(arena.scope().isAlive()).isFalse();
        assertThatThrownBy(() -> segment.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(machine.pagesFree()).isEqualTo(pagesFree);
    }

    @Test
    void aSharedArenaIsEverybodys() throws Exception {
        KernelArena arena = open(false);
        MemorySegment segment = arena.allocate(8);
        assertThat(arena.scope()).isEqualTo(segment.scope());
        elsewhere(() -> {
            segment.set(JAVA_LONG, 0, 7);
            assertThat(arena.allocate(8).get(JAVA_LONG, 0)).isZero();
            arena.close();
        });
        assertThatThrownBy(() -> arena.allocate(8)).hasMessage("arena 'test' is closed");
    }

    /** Memory that a stale segment reaches is nobody else's. */
    @Test
    void bytesOfAClosedArenaAreNobodysUntilTheirScopeEnds() {
        KernelArena arena = open(false);
        MemorySegment stale = arena.allocate(256);
        stale.fill((byte) 3);
        arena.close();
        for (int i = 0; i < 100; i++) {
            try (KernelArena next = open(false)) {
                MemorySegment segment = next.allocate(256);
                assertThat(segment.asOverlappingSlice(stale)).isEmpty();
                segment.fill((byte) 4);
            }
        }
        assertThat(stale.get(JAVA_BYTE, 255)).isEqualTo((byte) 3);
        assertThat(machine.arenas.trim()).isEqualTo(32 << 10);
        assertThatThrownBy(() -> stale.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(machine.pagesFree()).isEqualTo(pagesFree);
    }

    @Test
    void aScopeEndsWithTheLastOfItsArenas() {
        KernelArena patient = open(false);
        MemorySegment kept = patient.allocate(8);
        MemorySegment stale = kept;
        for (int i = 1; i < 2 * ArenaOptions.DEFAULT.arenasPerScope(); i++) {
            try (KernelArena arena = open(false)) {
                stale = i < 10 ? arena.allocate(8) : stale;
            }
        }
        kept.set(JAVA_LONG, 0, 1);
        assertThat(stale.scope()).isEqualTo(kept.scope());
        patient.close();
        MemorySegment ended = stale;
        assertThatThrownBy(() -> ended.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
    }

    /** Whoever closes seldom gets what the JDK gives. */
    @Test
    void afterARestSegmentsEndAtOnce() {
        try (ArenaMachine rested = new ArenaMachine(ArenaOptions.DEFAULT)) {
            for (int i = 0; i < 3; i++) {
                KernelArena arena = rested.arenas.openShared("seldom");
                MemorySegment segment = arena.allocate(8);
                arena.close();
                assertThatThrownBy(() -> segment.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
                rested.nanos.addAndGet(ArenaOptions.DEFAULT.restNanos() + 1);
            }
        }
    }

    @Test
    void checkedArenasEndAtOnceAlways() {
        try (ArenaMachine checked = new ArenaMachine(ArenaOptions.CHECKED)) {
            for (int i = 0; i < 3; i++) {
                KernelArena arena = checked.arenas.openShared("checked");
                MemorySegment segment = arena.allocate(8);
                assertThat(checked.arenas.opener(arena)).hasStackTraceContaining("checkedArenasEndAtOnceAlways");
                arena.close();
                assertThatThrownBy(() -> segment.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void largeSegmentsEndWithTheirOwnArena() {
        KernelArena other = open(false);
        KernelArena arena = open(false);
        other.allocate(8);
        MemorySegment small = arena.allocate(8);
        MemorySegment large = arena.allocate(1 << 20);
        arena.close();
        assertThat(small.get(JAVA_LONG, 0)).isZero();
        assertThatThrownBy(() -> large.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        other.close();
    }

    /** An open arena keeps others' memory from being used again, but not more than so much. */
    @Test
    void whatOneArenaPinsIsBounded() {
        KernelArena patient = open(false);
        patient.allocate(8);
        for (int i = 0; i < 100; i++) {
            try (KernelArena arena = open(false)) {
                for (int j = 0; j < 10; j++) {
                    arena.allocate(10_000);
                }
            }
        }
        machine.arenas.trim();
        assertThat(machine.arenas.bytesHeld()).isLessThanOrEqualTo(512 << 10);
        patient.close();
        machine.arenas.trim();
        assertThat(machine.arenas.bytesHeld()).isZero();
        assertThat(machine.pagesFree()).isEqualTo(pagesFree);
    }

    @Test
    void closedArenasMakeRoomBeforeARequestFails() {
        for (int i = 0; i < 3; i++) {
            try (KernelArena arena = open(false)) {
                arena.allocate(4 << 20);
                arena.allocate(4 << 20);
                assertThatThrownBy(() -> arena.allocate(16 << 20)).isInstanceOf(AllocationFailure.class);
            }
            open(false).allocate(100);
        }
    }

    @Test
    void closingTellsWhatIsOpenAndEndsIt() {
        KernelArena arena = machine.arenas.openShared("request 7");
        MemorySegment segment = arena.allocate(100);
        assertThat(machine.arenas.live()).containsExactly(arena);
        assertThat(machine.closeArenas()).containsExactly("arena 'request 7', shared, 100 bytes was open");
        assertThatThrownBy(() -> segment.get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(machine.pagesFree()).isEqualTo(pagesFree);
        assertThatThrownBy(() -> open(false)).hasMessage("the kernel is closed");
        assertThatThrownBy(() -> open(true)).hasMessage("the kernel is closed");
    }

    private static void elsewhere(Runnable checks) throws Exception {
        CompletableFuture.runAsync(checks, Thread.ofVirtual()::start).get();
    }
}
