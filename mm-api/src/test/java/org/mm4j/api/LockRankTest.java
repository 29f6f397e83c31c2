package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mm4j.api.LockRank.PAGE_SET;
import static org.mm4j.api.LockRank.ZONE;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lock order, as a thread that takes locks meets it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockRankTest {
    @AfterEach
    void giveEverythingBack() {
        for (LockRank rank : LockRank.values()) {
            if (rank.isHeld()) {
                rank.exit();
            }
        }
    }

    @Test
    void laterRanksMayBeTakenAndGivenBackInAnyOrder() {
        assertThat(PAGE_SET.enter()).isTrue();
        assertThat(ZONE.enter()).isTrue();
        assertThat(PAGE_SET.exit()).isTrue();
        assertThat(PAGE_SET.isHeld()).isFalse();
        assertThat(ZONE.isHeld()).isTrue();
        assertThat(ZONE.exit()).isTrue();
        assertThat(ZONE.isHeld()).isFalse();
    }

    @Test
    void theGraphKnowsWhatWasTakenUnderWhatAndWhoWaits() throws Exception {
        PAGE_SET.enter();
        ZONE.enter();
        assertThat(LockRank.graph())
                .anySatisfy(line -> assertThat(line).startsWith("PAGE_SET -> [").contains("ZONE"));

        SpinLock lock = new SpinLock(LockRank.RCU);
        lock.lock();
        Thread waiter = Thread.ofPlatform().name("waiter").start(() -> {
            lock.lock();
            lock.unlock();
        });
        while (LockRank.graph().stream().noneMatch(line -> line.startsWith("waiter #"))) {
            Thread.onSpinWait();
        }
        assertThat(LockRank.graph()).contains("waiter #" + waiter.threadId() + " waits for RCU, holds []");
        lock.unlock();
        waiter.join();
        assertThat(LockRank.graph()).noneMatch(line -> line.startsWith("waiter #"));
    }

    @Test
    void anEarlierRankIsRefused() {
        ZONE.enter();
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(PAGE_SET::enter)
                .withMessage("taking a lock of rank PAGE_SET while holding one of rank ZONE");
        assertThat(PAGE_SET.isHeld()).isFalse();
        assertThat(ZONE.isHeld()).isTrue();
    }

    @Test
    void theSameRankIsRefused() {
        PAGE_SET.enter();
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(PAGE_SET::enter)
                .withMessage("taking a lock of rank PAGE_SET while holding one of rank PAGE_SET");
        assertThat(PAGE_SET.isHeld()).isTrue();
    }

    @Test
    void onlyWhatIsHeldIsGivenBack() {
        PAGE_SET.enter();
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(ZONE::exit)
                .withMessage("giving back a lock of rank ZONE that this thread does not hold");
        assertThat(PAGE_SET.isHeld()).isTrue();
    }

    @Test
    void everyThreadHoldsItsOwn() throws InterruptedException {
        ZONE.enter();
        boolean[] seen = new boolean[2];
        Thread other = Thread.ofVirtual().start(() -> {
            seen[0] = ZONE.isHeld();
            seen[1] = PAGE_SET.enter() && ZONE.enter();
        });
        other.join();
        assertThat(seen).containsExactly(false, true);
        assertThat(PAGE_SET.isHeld()).isFalse();
    }
}
