package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mm4j.api.CpuSource;

/** Readers and writers at the same time: what a reader found is not freed before it leaves. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class RcuConcurrencyTest {
    private static final int OBJECTS = 8;
    private static final long POISON = -1;

    private final AtomicInteger current = new AtomicInteger();
    /** Plain, as memory is. */
    private final long[] objects = new long[OBJECTS];

    private final AtomicLong sections = new AtomicLong();
    private final AtomicLong poisonSeen = new AtomicLong();
    private volatile boolean isOver;

    static List<BarrierKind> barriers() {
        return BarrierKind.present();
    }

    private static Rcu rcu(BarrierKind kind) {
        return new Rcu(2, CpuSource.BY_THREAD, kind.barrier());
    }

    /** One section: finds an object, looks at it twice; it may lose its processor in between. */
    private void read(Rcu rcu, boolean isSlow) {
        int section = rcu.readLock();
        try {
            int found = current.getPlain();
            boolean isPoisoned = objects[found] == POISON;
            if (isSlow) {
                Thread.yield();
            }
            if (isPoisoned || objects[found] == POISON) {
                poisonSeen.incrementAndGet();
            }
        } finally {
            rcu.readUnlock(section);
        }
        sections.incrementAndGet();
    }

    /** Replaces the object by the next one, waits, and poisons it. */
    private void replace(Rcu rcu) {
        int old = current.getPlain();
        int next = (old + 1) % OBJECTS;
        objects[next] = 1;
        current.set(next);
        rcu.synchronize();
        objects[old] = POISON;
    }

    @ParameterizedTest
    @MethodSource("barriers")
    void readersNeverSeeFreedMemory(BarrierKind kind) throws InterruptedException {
        Rcu rcu = rcu(kind);
        List<Thread> readers = new ArrayList<>();
        for (ThreadFactory factory :
                List.of(Thread.ofPlatform().factory(), Thread.ofVirtual().factory())) {
            for (int each = 0; each < 2; each++) {
                readers.add(factory.newThread(() -> {
                    for (int section = 0; !isOver; section++) {
                        read(rcu, section % 16 == 0);
                    }
                }));
            }
        }
        readers.forEach(Thread::start);
        for (int round = 0; round < 100 || sections.get() < 1000; round++) {
            replace(rcu);
        }
        isOver = true;
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(poisonSeen).hasValue(0);
        assertThat(rcu.readers()).isZero();
    }

    /** Ten thousand threads that come and go, some by an error; nothing is left of them. */
    @ParameterizedTest
    @MethodSource("barriers")
    void thousandsOfVirtualThreadsComeAndGo(BarrierKind kind) throws InterruptedException {
        Rcu rcu = rcu(kind);
        Thread[] readers = new Thread[10_000];
        for (int each = 0; each < readers.length; each++) {
            int number = each;
            readers[each] = Thread.ofVirtual()
                    .uncaughtExceptionHandler((thread, e) -> {})
                    .start(() -> {
                        read(rcu, number % 2 == 0);
                        int section = rcu.readLock();
                        try {
                            read(rcu, true);
                            if (number % 3 == 0) {
                                throw new IllegalStateException("a reader that dies");
                            }
                        } finally {
                            rcu.readUnlock(section);
                        }
                    });
            if (each % 10 == 0) {
                replace(rcu);
            }
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(poisonSeen).hasValue(0);
        assertThat(sections).hasValue(2L * readers.length);
        assertThat(rcu.readers()).isZero();
    }

    /** Several writers, each with an object of its own, wait in three ways; readers look at all of them. */
    @ParameterizedTest
    @MethodSource("barriers")
    void manyWritersWaitAtTheSameTime(BarrierKind kind) throws InterruptedException {
        int writers = 6;
        int rounds = 500;
        Rcu rcu = rcu(kind);
        long[] memory = new long[writers * rounds];
        AtomicInteger[] newest = new AtomicInteger[writers];
        List<Thread> threads = new ArrayList<>();
        for (int each = 0; each < writers; each++) {
            int writer = each;
            newest[writer] = new AtomicInteger(writer * rounds);
            threads.add(Thread.ofVirtual().unstarted(() -> {
                for (int next = writer * rounds + 1; next < (writer + 1) * rounds; next++) {
                    int old = next - 1;
                    newest[writer].set(next);
                    switch (writer % 3) {
                        case 0 -> {
                            rcu.synchronize();
                            memory[old] = POISON;
                        }
                        case 1 -> {
                            long state = rcu.getState();
                            while (!rcu.advance(state)) {
                                Thread.yield();
                            }
                            memory[old] = POISON;
                        }
                        default ->
                            rcu.call(new RcuCallback() {
                                @Override
                                protected void afterGracePeriod() {
                                    memory[old] = POISON;
                                }
                            });
                    }
                }
            }));
        }
        for (int each = 0; each < 2; each++) {
            Thread.ofPlatform().daemon().start(() -> {
                while (!isOver) {
                    for (AtomicInteger index : newest) {
                        int section = rcu.readLock();
                        int found = index.getPlain();
                        if (memory[found] == POISON) {
                            poisonSeen.incrementAndGet();
                        }
                        rcu.readUnlock(section);
                    }
                }
            });
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        rcu.close();
        isOver = true;
        assertThat(poisonSeen).hasValue(0);
        for (int each = 0; each < memory.length; each++) {
            assertThat(memory[each] == POISON).as("object %d", each).isEqualTo((each + 1) % rounds != 0);
        }
    }
}
