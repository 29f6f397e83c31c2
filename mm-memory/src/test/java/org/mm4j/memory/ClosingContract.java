package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/** How every physical memory ends, whatever it is made of. */
interface ClosingContract {
    long PAGE = PageFrame.PAGE_SIZE;
    long BYTES = 8L << 20;
    long SMALL_BYTES = 64 * PAGE;

    PhysicalMemory reserve(long bytes);

    @Test
    default void refusesEverythingAfterTheEndExceptItsSizeAndKind() {
        PhysicalMemory memory = reserve(BYTES);
        String kind = memory.kind();
        memory.close();

        assertThat(memory.bytes()).isEqualTo(BYTES);
        assertThat(memory.kind()).isEqualTo(kind);
        assertRefused(memory::directMap);
        assertRefused(memory::directMapAddress);
        assertRefused(() -> memory.zero(0, PAGE));
        assertRefused(() -> memory.zero(0, 0));
        assertRefused(() -> memory.punchHole(0, PAGE));
        assertRefused(() -> memory.punchHole(0, 0));
        assertRefused(() -> memory.adviseHugePages(0, PAGE));
        assertRefused(memory::bytesCommitted);
    }

    private static void assertRefused(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class).hasMessage("the memory is closed");
    }

    @Test
    default void refusesAccessThroughTheMapAfterTheEnd() {
        PhysicalMemory memory = reserve(BYTES);
        MemorySegment map = memory.directMap();
        MemorySegment slice = map.asSlice(PAGE, PAGE);
        memory.close();
        assertThatThrownBy(() -> map.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> slice.set(JAVA_LONG, 0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> slice.fill((byte) 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    default void closesTwice() {
        PhysicalMemory memory = reserve(BYTES);
        memory.close();
        memory.close();
        assertRefused(memory::directMap);
    }

    /** The C library's qsort sorts two bytes of the memory, and the comparison tries to close it. */
    @Test
    default void doesNotCloseUnderANativeCallThatUsesIt() throws Throwable {
        PhysicalMemory memory = reserve(BYTES);
        List<Throwable> refusals = new ArrayList<>();
        Qsort.sortTwoBytes(memory.directMap(), () -> {
            try {
                memory.close();
            } catch (IllegalStateException e) {
                refusals.add(e);
            }
        });
        assertThat(refusals)
                .isNotEmpty()
                .allSatisfy(
                        e -> assertThat(e)
                                .hasMessage(
                                        "the memory cannot close while a native call or a channel uses a part of its direct map"));
        memory.directMap().set(JAVA_BYTE, BYTES - 1, (byte) 42);
        memory.close();
        assertRefused(memory::directMap);
    }

    /**
     * Three threads use a memory while two close it, and its successor, which mostly gets the same address and the same
     * file descriptor, keeps every byte. Loses bytes, or the JVM, when a native call runs after the end.
     */
    @Test
    default void usersSeeTheEndAndNeverTheSuccessor() throws Exception {
        List<Consumer<PhysicalMemory>> users = List.of(
                memory -> memory.zero(0, SMALL_BYTES),
                memory -> memory.punchHole(PAGE, SMALL_BYTES - PAGE),
                memory -> assertThat(memory.bytesCommitted()).isNotNegative());
        for (int round = 0; round < 200; round++) {
            PhysicalMemory memory = reserve(SMALL_BYTES);
            CyclicBarrier start = new CyclicBarrier(users.size() + 2);
            List<Future<Long>> running = new ArrayList<>();
            for (Consumer<PhysicalMemory> user : users) {
                running.add(started(start, () -> useToTheEnd(memory, user)));
            }
            Future<Long> closing = started(start, () -> close(memory));
            start.await();
            LockSupport.parkNanos(round % 50 * 10_000L);
            memory.close();
            try (PhysicalMemory successor = reserve(SMALL_BYTES)) {
                successor.directMap().fill((byte) 0x5A);
                closing.get();
                for (Future<Long> user : running) {
                    assertThat(user.get()).isNotNegative();
                }
                assertThat(Contents.firstOtherThan(successor.directMap(), (byte) 0x5A, 0, SMALL_BYTES))
                        .isEqualTo(-1);
            }
        }
    }

    private static Future<Long> started(CyclicBarrier start, Callable<Long> work) {
        FutureTask<Long> task = new FutureTask<>(() -> {
            start.await();
            return work.call();
        });
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    /** Gives how often {@code user} came through. */
    private static long useToTheEnd(PhysicalMemory memory, Consumer<PhysicalMemory> user) {
        for (long times = 0; ; times++) {
            try {
                user.accept(memory);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("the memory is closed");
                return times;
            }
        }
    }

    private static long close(PhysicalMemory memory) {
        memory.close();
        return 0;
    }
}
