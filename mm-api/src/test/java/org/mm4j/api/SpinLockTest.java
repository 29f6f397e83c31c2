package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lock by itself and among threads. What the memory model has to say is tested in stress-tests. */
class SpinLockTest {
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(20);

    private final SpinLock lock = new SpinLock(LockRank.ZONE);
    private int count;

    @AfterEach
    void noRankIsLeft() {
        assertThat(LockRank.values()).noneMatch(LockRank::isHeld);
    }

    @Test
    void isFreeHeldAndFreeAgain() {
        assertThat(lock.isLocked()).isFalse();
        lock.lock();
        assertThat(lock.isLocked()).isTrue();
        assertThat(LockRank.ZONE.isHeld()).isTrue();
        lock.unlock();
        assertThat(lock.isLocked()).isFalse();
        assertThat(lock.tryLock()).isTrue();
        assertThat(lock.isLocked()).isTrue();
        lock.unlock();
    }

    @Test
    void tryLockOfAHeldLockFailsAndLeavesNoRank() throws Exception {
        lock.lock();
        assertThat(inAnotherThread(lock::tryLock)).isFalse();
        assertThat(inAnotherThread(() -> lock.tryLock() || LockRank.ZONE.isHeld()))
                .isFalse();
        lock.unlock();
    }

    @Test
    void isNotReentrant() throws Exception {
        AssertionError refused = inAnotherThread(() -> {
            lock.lock();
            return lock.tryLock() ? null : catchError(lock::lock);
        });
        assertThat(refused).hasMessage("taking a lock of rank ZONE while holding one of rank ZONE");
        assertThat(lock.isLocked()).isTrue();
    }

    @Test
    void theWrongOrderIsRefusedBeforeTheLockIsTaken() {
        SpinLock pageSet = new SpinLock(LockRank.PAGE_SET);
        lock.lock();
        assertThatExceptionOfType(AssertionError.class).isThrownBy(pageSet::lock);
        assertThat(pageSet.isLocked()).isFalse();
        lock.unlock();
    }

    @Test
    void whatNobodyHoldsIsNotGivenBack() throws Exception {
        assertThatExceptionOfType(AssertionError.class).isThrownBy(lock::unlock).withMessageContaining("does not hold");
        SpinLock other = new SpinLock(LockRank.ZONE);
        AssertionError refused = inAnotherThread(() -> {
            lock.lock();
            return catchError(other::unlock);
        });
        assertThat(refused).hasMessage("giving back a lock that nobody holds");
        assertThat(other.isLocked()).isFalse();
    }

    @Test
    void aThreadKnowsWhatItHolds() throws Exception {
        SpinLock list = new SpinLock(LockRank.SLAB_LIST);
        assertThat(LockRank.isAnyHeld()).isFalse();
        list.lock();
        lock.lock();
        assertThat(LockRank.isAnyHeld()).isTrue();
        assertThat(LockRank.held()).containsExactly(LockRank.SLAB_LIST, LockRank.ZONE);
        assertThat(inAnotherThread(LockRank::isAnyHeld)).isFalse();
        lock.unlock();
        assertThat(LockRank.held()).containsExactly(LockRank.SLAB_LIST);
        list.unlock();
        assertThat(LockRank.held()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void threadsLoseNoIncrement(boolean virtual) throws InterruptedException {
        int threads = virtual ? 200 : 8;
        int rounds = virtual ? 200 : 20_000;
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread.Builder builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
            all.add(builder.start(() -> increment(rounds)));
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(count).isEqualTo(threads * rounds);
        assertThat(lock.isLocked()).isFalse();
    }

    private void increment(int rounds) {
        for (int i = 0; i < rounds; i++) {
            while (i % 4 == 0 && !lock.tryLock()) {
                Thread.onSpinWait();
            }
            if (i % 4 != 0) {
                lock.lock();
            }
            count++;
            lock.unlock();
        }
    }

    /** The holder sleeps, as one does that lost its processor: the waiter parks, is interrupted, and goes on waiting. */
    @Test
    void aParkedWaiterKeepsItsInterruptAndGetsTheLock() throws Exception {
        lock.lock();
        FutureTask<Boolean> task = new FutureTask<>(this::lockAndTellInterrupt);
        Thread waiter = Thread.ofPlatform().start(task);
        awaitParked(waiter);
        waiter.interrupt();
        assertThat(waiter.join(Duration.ofMillis(50))).isFalse();
        awaitParked(waiter);
        lock.unlock();
        assertThat(task.get(LONG_ENOUGH.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    void aThreadThatIsInterruptedBeforeKeepsItsInterrupt() throws Exception {
        assertThat(inAnotherThread(() -> {
                    Thread.currentThread().interrupt();
                    return lockAndTellInterrupt();
                }))
                .isTrue();
        assertThat(inAnotherThread(this::lockAndTellInterrupt)).isFalse();
    }

    private boolean lockAndTellInterrupt() {
        lock.lock();
        lock.unlock();
        return Thread.interrupted();
    }

    /** Many holders that sleep: waiters of several stages of patience all come through. The sleep is what is tested. */
    @Test
    void allWaitersComeThrough() throws InterruptedException {
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            all.add(Thread.ofPlatform().start(() -> {
                await(start);
                lock.lock();
                sleepMillis(3);
                count++;
                lock.unlock();
            }));
        }
        start.countDown();
        for (Thread thread : all) {
            assertThat(thread.join(LONG_ENOUGH)).isTrue();
        }
        assertThat(count).isEqualTo(6);
    }

    private static void awaitParked(Thread thread) {
        long deadline = System.nanoTime() + LONG_ENOUGH.toNanos();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(System.nanoTime()).as("it parks in time").isLessThan(deadline);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void sleepMillis(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static AssertionError catchError(Runnable call) {
        try {
            call.run();
        } catch (AssertionError e) {
            return e;
        }
        return new AssertionError("nothing was thrown");
    }

    private static <T> T inAnotherThread(Callable<T> call) throws Exception {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().start(task);
        return task.get(LONG_ENOUGH.toSeconds(), TimeUnit.SECONDS);
    }
}
