package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.buddy.Machines.START;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageFrame;

/** Requests that must not fail. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MustNotFailTest {
    private static final int NOFAIL = Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL | Gfp.__GFP_NOWARN;

    @RegisterExtension
    final Machines machines = new Machines();

    @AfterEach
    void forgetTheInterrupt() {
        Thread.interrupted();
    }

    private Machine full(BuddyConfig config) {
        Machine machine = machines.of(config);
        machine.takeAll(Machine.MOVABLE, 0);
        return machine;
    }

    @ParameterizedTest
    @DisplayName("it waits until another thread gives memory back, and keeps a pending interrupt")
    @ValueSource(ints = {0, 1, 4})
    void waits(int order) throws Exception {
        CountDownLatch rounds = new CountDownLatch(3);
        Machine machine = full(BuddyConfig.ofFrames(4096).withPressure(new Reclaimer(_ -> {
            rounds.countDown();
            return 0;
        })));
        FutureTask<Long> request = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            long pfn = machine.allocator.allocPages(NOFAIL, order);
            return Thread.currentThread().isInterrupted() ? pfn : PageFrame.NONE;
        });
        Thread thread = Thread.ofPlatform().start(request);
        rounds.await();
        assertThat(request.isDone()).isFalse();
        machine.free(START + 32, START + 32 + PageFrame.pages(order), 0);
        assertThat(request.get()).isEqualTo(START + 32);
        thread.join();
    }

    @Test
    @DisplayName("a pending interrupt is kept even if reclaim throws")
    void keepsTheInterruptWhenReclaimThrows() {
        Machine machine = full(BuddyConfig.ofFrames(4096).withPressure(new Reclaimer(round -> {
            if (round == 3) {
                throw new IllegalStateException("broken shrinker");
            }
            return 0;
        })));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> machine.allocator.allocPages(NOFAIL, 0)).hasMessage("broken shrinker");
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    @DisplayName("before it waits, it may go half of the way below the minimum")
    void usesTheReserve() {
        Machine machine =
                machines.of(BuddyConfig.ofFrames(8192).withSettings(ZoneSettings.NO_RESERVES.withMinFreeKbytes(400)));
        machine.takeUntilFree(Machine.MOVABLE, 100);
        for (int page = 0; page < 50; page++) {
            machine.take(NOFAIL, 0);
        }
        assertThat(machine.pagesFree()).isEqualTo(50);
    }

    @Test
    @DisplayName("with __GFP_NORETRY it never fails either")
    void withNoRetry() {
        Machine[] machine = new Machine[1];
        Reclaimer reclaimer = new Reclaimer(round -> {
            if (round == 5) {
                machine[0].free(START, START + 1, 0);
            }
            return 0;
        });
        machine[0] = full(BuddyConfig.ofFrames(4096).withPressure(reclaimer));
        assertThat(machine[0].take(NOFAIL | Gfp.__GFP_NORETRY, 0)).isEqualTo(START);
        assertThat(reclaimer.rounds).hasSize(5);
    }

    @Test
    @DisplayName("without __GFP_DIRECT_RECLAIM it may fail, and the log says so once")
    void withoutReclaim() {
        KernelLog log = new KernelLog();
        Machine machine = full(BuddyConfig.ofFrames(4096).withLog(log));
        int gfp = Gfp.GFP_NOWAIT | Gfp.__GFP_NOFAIL;
        for (int request = 0; request < 3; request++) {
            assertThat(machine.allocator.allocPages(gfp, 0)).isEqualTo(PageFrame.NONE);
        }
        assertThat(log.lines())
                .singleElement()
                .asString()
                .contains("__GFP_NOFAIL without __GFP_DIRECT_RECLAIM")
                .contains("GFP_NOWAIT");
    }
}
