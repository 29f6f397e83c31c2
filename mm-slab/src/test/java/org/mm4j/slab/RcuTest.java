package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.LockRank;
import org.mm4j.api.SpinLock;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class RcuTest {
    private final Rcu rcu = new Rcu(2, CpuSource.fixed(1), AsymmetricBarrier.FENCES);

    @Test
    void sectionsMayBeNestedAndEndInAnyOrder() {
        int outer = rcu.readLock();
        int inner = rcu.readLock();
        assertThat(rcu.readers()).isEqualTo(2);

        rcu.readUnlock(outer);
        long state = rcu.getState();
        assertThat(rcu.advance(state)).isFalse();
        rcu.readUnlock(inner);
        assertThat(rcu.advance(state)).isTrue();
        assertThat(rcu.readers()).isZero();
    }

    @Test
    void aNestedSectionIsWaitedForWhenGracePeriodsRanInBetween() {
        long before = rcu.getState();
        int outer = rcu.readLock();
        assertThat(rcu.advance(before)).isFalse(); // readers count in the other bank now
        int inner = rcu.readLock();
        long state = rcu.getState();
        rcu.readUnlock(outer);

        assertThat(rcu.advance(before)).isTrue();
        assertThat(rcu.advance(state)).isFalse();
        rcu.readUnlock(inner);
        assertThat(rcu.advance(state)).isTrue();
    }

    @Test
    void synchronizeIsOneGracePeriodWhenNoneRuns() {
        rcu.synchronize();
        rcu.synchronize();

        assertThat(rcu.gracePeriods()).isEqualTo(2);
    }

    @Test
    void whatWaitsForItselfIsNoticed() {
        int section = rcu.readLock();
        assertThatThrownBy(rcu::synchronize)
                .isInstanceOf(AssertionError.class)
                .hasMessage("synchronize inside of a read section, which it would wait for");
        assertThatThrownBy(rcu::barrier).isInstanceOf(AssertionError.class).hasMessageStartingWith("barrier inside");
        assertThatThrownBy(rcu::close).isInstanceOf(AssertionError.class).hasMessageStartingWith("close inside");
        rcu.readUnlock(section);

        assertThatCode(rcu::synchronize).doesNotThrowAnyException();
    }

    @Test
    void sectionsOfAnotherRcuAreNoObstacle() {
        Rcu other = new Rcu(1, CpuSource.BY_THREAD, AsymmetricBarrier.FENCES);
        int section = other.readLock();

        assertThatCode(rcu::synchronize).doesNotThrowAnyException();
        other.readUnlock(section);
    }

    @Test
    void waitingUnderALockIsNoticed() {
        SpinLock lock = new SpinLock(LockRank.ZONE);
        lock.lock();

        assertThatThrownBy(rcu::synchronize)
                .isInstanceOf(AssertionError.class)
                .hasMessage("synchronize while holding a lock of rank ZONE");
        lock.unlock();
    }

    @Test
    void unlockingWithoutASectionIsNoticed() {
        assertThatThrownBy(() -> rcu.readUnlock(2))
                .isInstanceOf(AssertionError.class)
                .hasMessage("readUnlock by a thread that is in no read section");
        assertThat(rcu.readers()).isZero();
    }

    @Test
    void aStateEndsWithAGracePeriodThatBeganLater() {
        long state = rcu.getState();
        assertThat(rcu.pollState(state)).isFalse();

        rcu.synchronize();
        assertThat(rcu.pollState(state)).isTrue();
        assertThat(rcu.pollState(rcu.getState())).isFalse();
    }

    @Test
    void aStateThatThisRcuDidNotTellIsRefused() {
        for (long state : new long[] {rcu.getState() + 1, rcu.getState() + 4, -1}) {
            assertThatThrownBy(() -> rcu.pollState(state))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no state of this Rcu is " + state);
            assertThatThrownBy(() -> rcu.advance(state)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anInterruptIsKeptAndDoesNotEndTheWait() throws InterruptedException {
        int section = rcu.readLock();
        Thread waiter = new Thread(() -> {
            Thread.currentThread().interrupt();
            rcu.synchronize();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            assertThat(rcu.pollState(4)).isTrue();
        });
        Throwable[] failure = new Throwable[1];
        waiter.setUncaughtExceptionHandler((thread, e) -> failure[0] = e);
        waiter.start();
        while (waiter.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        rcu.readUnlock(section);
        waiter.join();
        assertThat(failure[0]).isNull();
    }

    @Test
    void aThreadThatEndsInsideIsSeenInTheCount() throws InterruptedException {
        int[] section = new int[1];
        Thread dies = Thread.ofVirtual().start(() -> section[0] = rcu.readLock());
        dies.join();

        long state = rcu.getState();
        assertThat(rcu.advance(state)).isFalse();
        assertThat(rcu.readers()).isOne();
    }

    @Test
    void manyWhoWaitShareGracePeriods() throws InterruptedException {
        int section = rcu.readLock();
        Thread[] waiters = new Thread[200];
        for (int each = 0; each < waiters.length; each++) {
            waiters[each] = Thread.ofVirtual().start(rcu::synchronize);
        }
        int arrived = 0;
        while (arrived < waiters.length) {
            Thread.onSpinWait();
            arrived = 0;
            for (Thread waiter : waiters) {
                arrived += waiter.getState() == Thread.State.TIMED_WAITING ? 1 : 0;
            }
        }
        rcu.readUnlock(section);
        for (Thread waiter : waiters) {
            waiter.join();
        }
        assertThat(rcu.gracePeriods()).isLessThanOrEqualTo(2);
    }
}
