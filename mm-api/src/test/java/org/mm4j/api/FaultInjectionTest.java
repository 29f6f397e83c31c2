package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls are made to fail: C86, and what requests are spared. */
class FaultInjectionTest {
    private final KernelLog log = new KernelLog();

    private FaultInjection faults(FaultAttributes attributes, long seed) {
        return new FaultInjection("failslab", new Random(seed), log).set(attributes);
    }

    private static String outcomes(FaultInjection faults, int calls, long size) {
        StringBuilder text = new StringBuilder();
        for (int call = 0; call < calls; call++) {
            text.append(faults.shouldFail(size) ? 'F' : '.');
        }
        return text.toString();
    }

    @ParameterizedTest
    @DisplayName("C86: interval, space and times, as should_fail_ex() counts them")
    @CsvSource({
        "'1,100,0,-1', FFFFFFFFFF",
        "'0,100,0,-1', FFFFFFFFFF",
        "'1,0,0,-1', ..........",
        "'3,100,0,-1', ..F..F..F.",
        "'1,100,0,2', FF........",
        "'3,100,0,2', ..F..F....",
        "'1,100,35,-1', ...FFFFFFF", // 35 > 10, 25 > 10, 15 > 10; then 5 are left for good
        "'2,100,30,1', ...F......", // 30, 20; 10 is not more than 10: the interval begins there
        "'1,100,0,0', .........."
    })
    void sequence(String attributes, String outcomes) {
        FaultInjection faults = faults(FaultAttributes.parse(attributes), 1);
        assertThat(outcomes(faults, 10, 10)).isEqualTo(outcomes);
        assertThat(faults.faults())
                .isEqualTo(outcomes.chars().filter(each -> each == 'F').count());
    }

    @Test
    @DisplayName("a probability is one of each call; the same random numbers give the same faults")
    void probability() {
        FaultAttributes quarter = FaultAttributes.oneIn(1).withProbability(25);
        String once = outcomes(faults(quarter, 5), 10_000, 1);
        assertThat(once.chars().filter(each -> each == 'F').count()).isBetween(2300L, 2700L);
        assertThat(outcomes(faults(quarter, 5), 10_000, 1)).isEqualTo(once);
    }

    @Test
    @DisplayName("a filter that says no uses nothing up")
    void filter() {
        AtomicBoolean on = new AtomicBoolean();
        FaultAttributes second = FaultAttributes.oneIn(2).withTimes(1);
        FaultInjection faults = faults(second, 1);
        faults.setFilter(on::get);
        assertThat(outcomes(faults, 5, 1)).isEqualTo(".....");
        on.set(true);
        assertThat(outcomes(faults, 5, 1)).isEqualTo(".F...");
    }

    @Test
    @DisplayName("requests that must not fail are spared; on wish those that may wait, and small ones")
    void spared() {
        FaultInjection all = faults(FaultAttributes.oneIn(1), 1);
        assertThat(all.shouldFailAlloc(Gfp.GFP_KERNEL, 0, 4096)).isTrue();
        assertThat(all.shouldFailAlloc(Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL, 0, 4096))
                .isFalse();
        FaultAttributes fewer = FaultAttributes.oneIn(1).sparingWaiters().withMinOrder(1);
        FaultInjection some = faults(fewer, 1);
        assertThat(some.shouldFailAlloc(Gfp.GFP_KERNEL, 1, 8192)).isFalse();
        assertThat(some.shouldFailAlloc(Gfp.GFP_ATOMIC, 0, 4096)).isFalse();
        assertThat(some.shouldFailAlloc(Gfp.GFP_ATOMIC, 1, 8192)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,100,0", "-1,100,0,0", "1,101,0,0", "1,1,-1,0", "1,1,0,-2", "1,a,0,0", ""})
    void badAttributesAreRefused(String text) {
        assertThatThrownBy(() -> FaultAttributes.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName(
            "a fault is reported as the kernel does, with the values before it; not with __GFP_NOWARN, and not when silenced")
    void report() {
        FaultInjection faults = faults(FaultAttributes.parse("1,100,0,1"), 1);
        assertThat(faults.shouldFailAlloc(Gfp.GFP_KERNEL, 0, 8)).isTrue();
        assertThat(log.lines())
                .containsExactly(
                        "FAULT_INJECTION: forcing a failure.",
                        "name failslab, interval 1, probability 100, space 0, times 1");
        faults.set(FaultAttributes.oneIn(1));
        assertThat(faults.shouldFailAlloc(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, 0, 8))
                .isTrue();
        faults.set(FaultAttributes.oneIn(1).withVerbose(0));
        assertThat(faults.shouldFail(8)).isTrue();
        assertThat(log.lines()).hasSize(2);
        faults.set(FaultAttributes.oneIn(1).withVerbose(2));
        assertThat(faults.shouldFail(8)).isTrue();
        assertThat(log.lines().get(4)).isEqualTo("Call Trace:");
        assertThat(log.lines().get(5)).isEqualTo(" " + getClass().getName() + ".report");
    }

    @Test
    @DisplayName("attributes change while it runs; space and times tell what is left of them")
    void set() {
        FaultInjection faults = faults(FaultAttributes.NONE, 1);
        assertThat(outcomes(faults, 3, 10)).isEqualTo("...");
        assertThat(faults.calls()).isZero();
        faults.set(FaultAttributes.parse("1,100,25,3"));
        assertThat(outcomes(faults, 3, 10)).isEqualTo("..F");
        assertThat(faults.attributes()).isEqualTo(FaultAttributes.parse("1,100,5,2"));
        faults.set(faults.attributes().withProbability(0));
        assertThat(outcomes(faults, 3, 10)).isEqualTo("...");
        assertThat(faults.attributes().times()).isEqualTo(2);
        assertThat(faults.calls()).isEqualTo(3);
        assertThat(faults.faults()).isEqualTo(1);
    }

    @Test
    @DisplayName("the n-th call of a task fails, at whatever point it is, and calls of others do not count")
    void failNth() throws InterruptedException {
        FaultInjection one = faults(FaultAttributes.NONE, 1);
        FaultInjection other = faults(FaultAttributes.oneIn(1), 1);
        FaultTask.setFailNth(3);
        assertThat(one.shouldFail(1)).isFalse();
        assertThat(one.shouldFailAlloc(Gfp.__GFP_NOFAIL, 0, 1)).isFalse();
        Thread.ofPlatform().start(() -> one.shouldFail(1)).join();
        assertThat(FaultTask.failNth()).isEqualTo(2);
        assertThat(other.shouldFail(1)).isFalse();
        assertThat(one.shouldFail(1)).isTrue();
        assertThat(FaultTask.failNth()).isZero();
        assertThat(one.shouldFail(1)).isFalse();
        FaultTask.setFailNth(2);
        assertThat(one.attributes().sparesWaiters()).isTrue();
        assertThat(one.shouldFailAlloc(Gfp.GFP_KERNEL, 0, 1)).isFalse();
        assertThat(one.shouldFailAlloc(Gfp.GFP_KERNEL, 0, 1))
                .as("whatever the attributes say")
                .isTrue();
        assertThat(other.shouldFail(1)).isTrue();
        assertThatThrownBy(() -> FaultTask.setFailNth(-1)).hasMessageContaining("-1");
    }

    @Test
    @DisplayName("a filter of tasks lets only those fail that asked for it")
    void taskFilter() {
        FaultInjection faults = faults(FaultAttributes.oneIn(1).withFiltersTasks(true), 1);
        assertThat(faults.shouldFail(1)).isFalse();
        FaultTask.setMakeItFail(true);
        try {
            assertThat(faults.shouldFail(1)).isTrue();
        } finally {
            FaultTask.setMakeItFail(false);
        }
        assertThat(faults.shouldFail(1)).isFalse();
    }

    @Test
    @DisplayName("threads that meet at the last time: as many fail as are left")
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void timesAreExact() throws InterruptedException {
        FaultInjection faults = faults(FaultAttributes.parse("1,50,0,1000").withVerbose(0), 1);
        AtomicInteger failed = new AtomicInteger();
        List<Thread> threads = Stream.generate(() -> Thread.ofPlatform().start(() -> {
                    for (int call = 0; call < 2000; call++) {
                        failed.addAndGet(faults.shouldFail(1) ? 1 : 0);
                    }
                }))
                .limit(3)
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failed).hasValue(1000);
        assertThat(faults.faults()).isEqualTo(1000);
        assertThat(faults.calls()).isEqualTo(6000);
    }

    @ParameterizedTest
    @CsvSource({
        "1/1000, 1, 1000",
        "0.001, 1, 1000",
        "1, 1, 1",
        "1/4, 1, 4",
        "0.03, 3, 100",
        "2/600, 1, 300",
        "1e-4, 1, 10000",
        "1/1000000000, 1, 1000000000",
        "999999999/1000000000, 999999999, 1000000000",
        "' 1/3 ', 1, 3",
        "1e0, 1, 1"
    })
    @DisplayName("a rate is what was written, exactly")
    void rates(String text, long faults, long calls) {
        FaultRate rate = new FaultRate(faults, calls);
        assertThat(FaultAttributes.ofRate(text))
                .isEqualTo(FaultAttributes.oneIn(1).withRate(rate));
        assertThat(FaultRate.parse(rate.toString())).isEqualTo(rate);
    }

    @Test
    @DisplayName("1/1000 is one call in a thousand, at places that follow no pattern")
    void aThousandth() {
        String outcomes = outcomes(faults(FaultAttributes.ofRate("1/1000").withVerbose(0), 7), 1_000_000, 1);
        long faults = outcomes.chars().filter(each -> each == 'F').count();
        assertThat(faults).isBetween(850L, 1150L); // five standard deviations of 31.6
        long afterNine = IntStream.range(0, outcomes.length())
                .filter(call -> call % 10 == 9 && outcomes.charAt(call) == 'F')
                .count();
        assertThat(afterNine).isBetween(50L, 150L);
    }

    @Test
    void ratesAreShownInPercentWhereTheyAre() {
        assertThat(FaultRate.ofPercent(25).percent()).isEqualTo("25");
        assertThat(FaultRate.ALWAYS.percent()).isEqualTo("100");
        assertThat(FaultRate.NEVER.percent()).isEqualTo("0");
        assertThat(FaultRate.parse("1/1000").percent()).isEqualTo("1/1000");
        assertThatThrownBy(() -> new FaultRate(3, 2)).hasMessageContaining("3/2");
        assertThatThrownBy(() -> new FaultRate(0, 0)).hasMessageContaining("0/0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "1/0",
                "2",
                "-1",
                "x",
                "1/",
                "1/2/3",
                "1e-99",
                "1e999999999",
                "-1/-2",
                "1/-2",
                "1e-10",
                "1/2000000000",
                "0.5/2",
                "0x1",
                "1e-2147483647",
                "1/1000000000000000000000000000000000"
            })
    void badRatesAreRefused(String text) {
        assertThatThrownBy(() -> FaultAttributes.ofRate(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a rate is");
    }
}
