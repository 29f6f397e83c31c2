package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class RcuCallbackTest {
    private final Rcu rcu = new Rcu(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES);
    private final List<String> done = new ArrayList<>();

    private static RcuCallback callback(Runnable task) {
        return new RcuCallback() {
            @Override
            protected void afterGracePeriod() {
                task.run();
            }
        };
    }

    private RcuCallback note(String name) {
        return callback(() -> done.add(name));
    }

    @Test
    void aCallbackRunsAfterItsGracePeriod() {
        int reader = rcu.readLock();
        rcu.call(note("a"));
        assertThat(rcu.work()).isFalse();
        assertThat(done).isEmpty();

        rcu.readUnlock(reader);
        assertThat(rcu.work()).isTrue();
        assertThat(done).containsExactly("a");
        assertThat(rcu.work()).isFalse();
    }

    @Test
    void aLaterCallRunsOlderCallbacksInTheirOrder() {
        int reader = rcu.readLock();
        rcu.call(note("a"));
        rcu.call(note("b"));
        rcu.readUnlock(reader);
        int later = rcu.readLock();
        rcu.call(note("c"));
        assertThat(done).startsWith("a").doesNotContain("c");

        rcu.readUnlock(later);
        rcu.barrier();
        assertThat(done).containsExactly("a", "b", "c");
    }

    @Test
    void deferringRunsNothingAndMayBeDoneUnderAnyLock() {
        SpinLock lock = new SpinLock(LockRank.KVFREE_RCU);
        lock.lock();
        rcu.defer(note("a"));
        rcu.defer(note("b"));
        lock.unlock();
        assertThat(done).isEmpty();

        rcu.barrier();
        assertThat(done).containsExactly("a", "b");
    }

    @Test
    void aCallbackThatWaitsIsNotDeferredAgain() {
        RcuCallback callback = note("a");
        int reader = rcu.readLock();
        rcu.call(callback);
        assertThatThrownBy(() -> rcu.call(callback))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a callback that still waits for its grace period was deferred again");
        rcu.readUnlock(reader);
        rcu.barrier();
        rcu.call(callback);
        rcu.barrier();

        assertThat(done).containsExactly("a", "a");
    }

    @Test
    void aCallbackMayDeferItself() {
        RcuCallback[] self = new RcuCallback[1];
        self[0] = callback(() -> {
            done.add("a");
            if (done.size() < 3) {
                rcu.call(self[0]);
            }
        });
        rcu.call(self[0]);
        rcu.close();

        assertThat(done).hasSize(3);
        assertThat(rcu.gracePeriods()).isEqualTo(3);
    }

    @Test
    void whatACallbackThrowsReachesWhoRanItAndNothingIsLost() {
        int reader = rcu.readLock();
        rcu.call(callback(() -> {
            throw new IllegalArgumentException("first");
        }));
        rcu.call(note("a"));
        rcu.readUnlock(reader);

        assertThatThrownBy(() -> rcu.call(note("b"))).hasMessage("first");
        assertThat(done).isEmpty();
        rcu.barrier();
        assertThat(done).containsExactly("a", "b");
    }

    @Test
    void aCallbackDoesNotWaitForCallbacks() {
        rcu.defer(callback(rcu::barrier));
        assertThatThrownBy(rcu::work)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("barrier was called by a callback, which it would wait for");
        rcu.defer(callback(rcu::close));
        assertThatThrownBy(rcu::work).hasMessageStartingWith("close was called by a callback");
        rcu.defer(callback(rcu::synchronize));
        assertThat(rcu.work()).as("a grace period is no callback").isTrue();
    }

    @Test
    void closingRunsWhatWaitsAndRefusesWhatComesLater() {
        rcu.defer(note("a"));
        rcu.close();
        assertThat(done).containsExactly("a");

        RcuCallback late = note("b");
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> rcu.call(late))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("this Rcu is closed: nothing can be deferred any more");
        }
        rcu.close();
        assertThat(done).containsExactly("a");
    }

    @Test
    void anRcuThatCouldNotCloseIsOpenAndCanBeClosedAgain() {
        rcu.defer(callback(() -> {
            throw new IllegalArgumentException("first");
        }));
        rcu.defer(note("a"));
        assertThatThrownBy(rcu::close).hasMessage("first");

        rcu.defer(note("b"));
        rcu.close();
        assertThat(done).containsExactly("a", "b");
    }

    @Test
    void theBarrierWaitsForACallbackThatAnotherThreadRuns() throws InterruptedException {
        CountDownLatch isInside = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        rcu.defer(callback(() -> {
            isInside.countDown();
            awaitLatch(mayEnd);
            done.add("a");
        }));
        Thread runner = Thread.ofPlatform().start(rcu::work);
        isInside.await();
        assertThat(rcu.work()).as("one runs callbacks at a time").isFalse();

        Thread waiter = Thread.ofPlatform().start(() -> {
            rcu.barrier();
            done.add("barrier");
        });
        while (waiter.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        runner.join();
        waiter.join();
        assertThat(done).containsExactly("a", "barrier");
    }

    @Test
    void aWorkerRunsAllInItsThread() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        Thread[] inThread = new Thread[1];
        try (Rcu withWorker = new Rcu(
                1,
                CpuSource.fixed(0),
                AsymmetricBarrier.FENCES,
                Thread.ofVirtual().factory())) {
            int reader = withWorker.readLock();
            withWorker.call(callback(() -> {
                inThread[0] = Thread.currentThread();
                ran.countDown();
            }));
            withWorker.readUnlock(reader);
            ran.await();
        }
        assertThat(inThread[0]).isNotNull().isNotSameAs(Thread.currentThread());
        assertThat(inThread[0].isAlive()).isFalse();
    }

    @Test
    void aWorkerOutlivesWhatCallbacksThrowAndInterrupts() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        ConcurrentLinkedQueue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        try (Rcu withWorker = new Rcu(
                1,
                CpuSource.fixed(0),
                AsymmetricBarrier.FENCES,
                Thread.ofPlatform()
                        .daemon()
                        .uncaughtExceptionHandler((thread, e) -> uncaught.add(e))
                        .factory())) {
            withWorker.call(callback(() -> {
                Thread.currentThread().interrupt();
                throw new IllegalArgumentException("first");
            }));
            withWorker.call(callback(ran::countDown));
            ran.await();
        }
        assertThat(uncaught).singleElement().satisfies(e -> assertThat(e).hasMessage("first"));
    }

    @Test
    void aFactoryThatMakesNoThreadIsRefused() {
        assertThatThrownBy(() -> new Rcu(1, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES, task -> null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the thread factory of an Rcu made no thread");
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
