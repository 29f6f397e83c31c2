package org.mm4j.kernel.arena;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads open arenas, hand them on, write to them and close those of others; nobody finds foreign bytes. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelArenaThreadsTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;
    private static final int PLACES = 16;
    private static final int WORDS = 8;

    private record Signed(KernelArena arena, MemorySegment segment, long signature) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 256})
    void nobodyFindsForeignBytes(int arenasPerScope) throws Exception {
        ArenaOptions options = ArenaOptions.DEFAULT.withArenasPerScope(arenasPerScope);
        int rounds = arenasPerScope == 1 ? ROUNDS / 20 : ROUNDS;
        try (ArenaMachine machine = new ArenaMachine(options);
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            long pagesFree = machine.pagesFree();
            AtomicReferenceArray<Signed> table = new AtomicReferenceArray<>(PLACES);
            List<Future<?>> users = new ArrayList<>();
            for (int seed = 0; seed < THREADS; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                users.add(threads.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        swap(machine, table, random);
                    }
                }));
            }
            for (Future<?> user : users) {
                user.get();
            }
            for (int place = 0; place < PLACES; place++) {
                end(table.getAndSet(place, null));
            }
            machine.arenas.trim();
            assertThat(machine.arenas.open()).isZero();
            assertThat(machine.arenas.bytesHeld()).isZero();
            assertThat(machine.pagesFree()).isEqualTo(pagesFree);
            assertThat(machine.pages.validate()).isEmpty();
        }
    }

    private static void swap(ArenaMachine machine, AtomicReferenceArray<Signed> table, SplittableRandom random) {
        KernelArena arena = machine.arenas.openShared("a");
        long bytes = random.nextInt(100) == 0 ? 100_000 : WORDS * 8 + random.nextInt(2_000);
        MemorySegment segment = arena.allocate(bytes, 8);
        long signature = random.nextLong();
        for (int word = 0; word < WORDS; word++) {
            assertThat(segment.getAtIndex(JAVA_LONG, word)).isZero();
            segment.setAtIndex(JAVA_LONG, word, signature);
        }
        end(table.getAndSet(random.nextInt(PLACES), new Signed(arena, segment, signature)));
        machine.nanos.addAndGet(random.nextInt(1_000_000));
    }

    private static void end(Signed signed) {
        if (signed != null) {
            for (int word = 0; word < WORDS; word++) {
                assertThat(signed.segment().getAtIndex(JAVA_LONG, word)).isEqualTo(signed.signature());
            }
            signed.arena().close();
        }
    }
}
