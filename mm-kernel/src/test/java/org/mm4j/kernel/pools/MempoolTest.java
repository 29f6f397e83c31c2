package org.mm4j.kernel.pools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_ATOMIC;
import static org.mm4j.api.Gfp.GFP_KERNEL;
import static org.mm4j.kernel.pools.ElementSource.NONE;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.BadGfpException;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MempoolTest {
    private final CountedSource source = new CountedSource();
    private final KernelLog log = new KernelLog();
    private final Mempool pool = new Mempool("bio", 4, source, log);

    @AfterEach
    void nothingIsLost() {
        assertThat(pool.validate()).isEmpty();
        pool.destroy();
        assertThat(source.out).hasSize((int) pool.elementsOut());
    }

    private long[] takeReserve() {
        source.isEmpty = true;
        long[] elements = new long[4];
        for (int i = 0; i < 4; i++) {
            elements[i] = pool.alloc(GFP_ATOMIC);
            assertThat(elements[i]).isNotEqualTo(NONE);
        }
        return elements;
    }

    @Test
    @DisplayName("C59: min 4, four are taken while the source has nothing: the fifth atomic request gets none")
    void c59() throws InterruptedException {
        long[] elements = takeReserve();
        assertThat(pool.alloc(GFP_ATOMIC)).isEqualTo(NONE);
        assertThat(pool.allocPreallocated()).isEqualTo(NONE);
        long[] got = new long[1];
        Thread waiter = Thread.ofVirtual().start(() -> got[0] = pool.alloc(GFP_KERNEL));
        awaitWaiting(pool, 1);
        pool.free(elements[2]);
        waiter.join();
        assertThat(got[0]).isEqualTo(elements[2]);
        pool.freeBulk(elements);
    }

    @Test
    @DisplayName("C60: a free fills the reserve before the source gets anything")
    void c60() {
        long extra = pool.alloc(GFP_KERNEL);
        long[] elements = takeReserve();
        assertThat(pool.elementsReserved()).isZero();
        assertThat(pool.isSaturated()).isFalse();
        for (long element : elements) {
            pool.free(element);
        }
        assertThat(pool.elementsReserved()).isEqualTo(4);
        assertThat(pool.isSaturated()).isTrue();
        assertThat(source.out).hasSize(5);
        pool.free(extra);
        assertThat(pool.elementsReserved()).isEqualTo(4);
        assertThat(source.out).hasSize(4);
        pool.free(NONE);
    }

    @Test
    void theSourceIsAskedFirstWithoutWaiting() {
        long element = pool.alloc(GFP_KERNEL | Gfp.__GFP_NOFAIL);
        assertThat(Gfp.format(source.lastGfp))
                .isEqualTo(Gfp.format((GFP_KERNEL & ~(Gfp.__GFP_DIRECT_RECLAIM | Gfp.__GFP_IO))
                        | Gfp.__GFP_NOMEMALLOC
                        | Gfp.__GFP_NORETRY
                        | Gfp.__GFP_NOWARN));
        assertThat(pool.elementsReserved()).isEqualTo(4);
        pool.free(element);
    }

    @Test
    void zeroedElementsAreRefused() {
        assertThatThrownBy(() -> pool.alloc(GFP_KERNEL | Gfp.__GFP_ZERO))
                .isInstanceOf(BadGfpException.class)
                .hasMessageContaining("an element of a mempool may come from its reserve, with old contents");
        assertThat(pool.elementsOut()).isZero();
    }

    @Test
    void badFreesAreRefused() {
        long extra = pool.alloc(GFP_KERNEL);
        long[] elements = takeReserve();
        pool.free(elements[0]);
        assertThatThrownBy(() -> pool.free(elements[0]))
                .hasMessage("element " + elements[0] + " is refused: it is free already, in the reserve of its pool");
        assertThatThrownBy(() -> pool.free(999)).hasMessage("element 999 is not out");
        assertThat(pool.elementsReserved()).isOne();
        elements[0] = NONE;
        pool.freeBulk(elements);
        assertThat(elements).containsOnly(NONE);
        pool.free(extra);
        assertThatThrownBy(() -> pool.free(extra)).hasMessageContaining("is not out");
        assertThat(pool.elementsOut()).isZero();
    }

    @Test
    void aPoolOfNoneStillHasOne() {
        Mempool none = new Mempool("none", 0, source, log);
        source.isEmpty = true;
        long element = none.alloc(GFP_ATOMIC);
        assertThat(element).isNotEqualTo(NONE);
        none.free(element);
        assertThat(none.elementsReserved()).isOne();
        assertThat(none.destroy()).isZero();
    }

    @Test
    void whatCannotBeCreatedGivesAllBack() {
        assertThatThrownBy(() -> new Mempool("bad", -1, source, log)).isInstanceOf(IllegalArgumentException.class);
        source.failsEvery = 1;
        source.throwsEvery = 7;
        assertThatThrownBy(() -> new Mempool("bad", 50, source, log)).hasMessage("told to");
        source.throwsEvery = 0;
        source.failsEvery = 2;
        assertThatThrownBy(() -> new Mempool("bad", 50, source, log))
                .isInstanceOf(AllocationFailure.class)
                .hasMessage("mempool \"bad\" cannot be created: its source has less than 50 elements for the reserve");
        source.failsEvery = 0;
        assertThat(source.out).hasSize(4);
    }

    @Test
    void bulkFillsTheEmptyPlaces() {
        long[] elements = {0, 77, 0, 0};
        pool.allocBulk(GFP_KERNEL, elements);
        assertThat(elements).doesNotContain(NONE).contains(77);
        elements[1] = NONE;
        assertThat(pool.elementsOut()).isEqualTo(3);
        source.isEmpty = true;
        long[] more = new long[4];
        pool.allocBulk(GFP_KERNEL, more);
        assertThat(pool.elementsReserved()).isZero();
        assertThatThrownBy(() -> pool.allocBulk(GFP_KERNEL, new long[5]))
                .hasMessage("mempool \"bio\" cannot promise 5 elements at once: its reserve has 4");
        assertThatThrownBy(() -> pool.allocBulk(GFP_ATOMIC, new long[1])).isInstanceOf(BadGfpException.class);
        pool.freeBulk(more);
        pool.freeBulk(elements);
        assertThat(pool.isSaturated()).isTrue();
    }

    @Test
    void firstComeFirstServedAndBulkIsAllOrNothing() throws InterruptedException {
        long[] elements = takeReserve();
        long[] three = new long[3];
        long[] one = new long[1];
        Thread first = Thread.ofPlatform().start(() -> pool.allocBulk(GFP_KERNEL, three));
        awaitWaiting(pool, 1);
        Thread second = Thread.ofPlatform().start(() -> one[0] = pool.alloc(GFP_KERNEL));
        awaitWaiting(pool, 2);
        pool.free(elements[0]);
        pool.free(elements[1]);
        assertThat(pool.alloc(GFP_ATOMIC)).as("nobody overtakes").isEqualTo(NONE);
        assertThat(pool.waiting()).isEqualTo(2);
        assertThat(pool.resize(1)).as("what somebody waits for is kept").isFalse();
        pool.free(elements[2]);
        first.join();
        pool.free(elements[3]);
        second.join();
        assertThat(three).containsExactlyInAnyOrder(elements[0], elements[1], elements[2]);
        assertThat(one).containsExactly(elements[3]);
        pool.freeBulk(three);
        pool.freeBulk(one);
        assertThat(pool.elementsReserved()).isOne();
    }

    @Test
    void anInterruptEndsNoWaitingAndIsKept() throws InterruptedException {
        long[] elements = takeReserve();
        boolean[] wasInterrupted = new boolean[1];
        long[] got = new long[1];
        Thread waiter = Thread.ofPlatform().start(() -> {
            got[0] = pool.alloc(GFP_KERNEL);
            wasInterrupted[0] = Thread.currentThread().isInterrupted();
        });
        awaitWaiting(pool, 1);
        waiter.interrupt();
        assertThat(pool.waiting()).isOne();
        pool.free(elements[0]);
        waiter.join();
        assertThat(got[0]).isEqualTo(elements[0]);
        assertThat(wasInterrupted[0]).isTrue();
        pool.freeBulk(elements);
    }

    @Test
    void aWaiterAsksTheSourceAgain() throws InterruptedException {
        Mempool impatient = new Mempool("impatient", 1, source, log, null, 1_000_000);
        source.isEmpty = true;
        long held = impatient.alloc(GFP_ATOMIC);
        long[] got = new long[1];
        Thread waiter = Thread.ofPlatform().start(() -> got[0] = impatient.alloc(GFP_KERNEL));
        awaitWaiting(impatient, 1);
        source.isEmpty = false;
        waiter.join();
        assertThat(got[0]).isNotEqualTo(NONE).isNotEqualTo(held);
        impatient.free(got[0]);
        impatient.free(held);
        assertThat(impatient.destroy()).isZero();
    }

    @Test
    void aSourceThatThrowsWhileSomebodyWaitsLosesNothing() throws InterruptedException {
        Mempool impatient = new Mempool("impatient", 1, source, log, null, 1_000_000);
        source.isEmpty = true;
        long held = impatient.alloc(GFP_ATOMIC);
        Throwable[] thrown = new Throwable[1];
        Thread waiter = Thread.ofPlatform().start(() -> {
            try {
                impatient.alloc(GFP_KERNEL);
            } catch (IllegalStateException told) {
                thrown[0] = told;
            }
        });
        awaitWaiting(impatient, 1);
        source.throwsEvery = 1;
        waiter.join();
        source.throwsEvery = 0;
        assertThat(thrown[0]).hasMessage("told to");
        assertThat(impatient.waiting()).isZero();
        impatient.free(held);
        assertThat(impatient.isSaturated()).isTrue();
        assertThat(impatient.destroy()).isZero();
    }

    @Test
    void resizesBothWays() {
        assertThat(pool.resize(9)).isTrue();
        assertThat(pool.elementsReserved()).isEqualTo(9);
        assertThat(pool.resize(2)).isTrue();
        assertThat(source.out).hasSize(2);
        source.isEmpty = true;
        assertThat(pool.resize(5)).isFalse();
        assertThat(pool.elementsReserved()).isEqualTo(2);
        source.isEmpty = false;
        long element = pool.alloc(GFP_KERNEL);
        pool.free(element);
        assertThat(pool.elementsReserved())
                .as("a free fills what resize could not")
                .isEqualTo(3);
        assertThatThrownBy(() -> pool.resize(0)).hasMessage("mempool \"bio\" cannot be resized to 0 elements");
        assertThatThrownBy(() -> pool.resize(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void destroyTellsWhatIsNotReturned() throws InterruptedException {
        long[] elements = takeReserve();
        Throwable[] thrown = new Throwable[1];
        Thread waiter = Thread.ofPlatform().start(() -> {
            try {
                pool.alloc(GFP_KERNEL);
            } catch (IllegalStateException e) {
                thrown[0] = e;
            }
        });
        awaitWaiting(pool, 1);
        pool.free(NONE);
        long out = pool.destroy();
        waiter.join();
        assertThat(out).isBetween(4L, 5L); // the waiter may not have gone yet
        assertThat(log.lines()).hasSize(1).first().asString().endsWith("elements are not returned");
        assertThat(thrown[0]).hasMessage("mempool \"bio\" is destroyed");
        assertThatThrownBy(() -> pool.alloc(GFP_KERNEL)).hasMessage("mempool \"bio\" is destroyed");
        assertThatThrownBy(() -> pool.resize(3)).hasMessage("mempool \"bio\" is destroyed");
        pool.freeBulk(elements);
        assertThat(source.out).isEmpty();
        assertThat(pool.destroy()).isZero();
    }

    @Test
    void poolOfPages() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20))) {
            Mempool pages = kernel.pools().mempoolOfPages("pages", 2, 1);
            assertThat(kernel.pagesInUse()).isEqualTo(4);
            long pfn = pages.alloc(GFP_KERNEL);
            long held = pages.allocPreallocated();
            assertThatThrownBy(() -> pages.free(pfn + 1)).isInstanceOf(BadPageException.class);
            assertThatThrownBy(() -> pages.free(1L << 40)).isInstanceOf(BadPageException.class);
            long single = kernel.pages().allocPages(GFP_KERNEL, 0);
            assertThatThrownBy(() -> pages.free(single)).isInstanceOf(BadPageException.class);
            kernel.pages().freePages(single, 0);
            pages.free(pfn);
            assertThat(pages.toString()).isEqualTo("mempool \"pages\" (2 of 2 reserved, 1 in use)");
            pages.free(held);
            assertThatThrownBy(() -> pages.free(held)).isInstanceOf(BadPageException.class);
            assertThat(pages.destroy()).isZero();
            assertThat(kernel.pagesInUse()).isZero();
            assertThat(kernel.validate()).isEmpty();
            assertThatThrownBy(() -> ElementSource.ofPages(kernel.pages(), 11))
                    .hasMessage("orders are 0 to 10, not 11");
        }
    }

    static void awaitWaiting(Mempool pool, int waiters) {
        while (pool.waiting() != waiters) {
            Thread.onSpinWait();
        }
    }
}
