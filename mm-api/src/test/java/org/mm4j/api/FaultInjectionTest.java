package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls are made to fail: C86, and what requests are spared. */
class FaultInjectionTest {
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
        FaultInjection faults = new FaultInjection(FaultAttributes.parse(attributes), new Random(1));
        assertThat(outcomes(faults, 10, 10)).isEqualTo(outcomes);
        assertThat(faults.faults())
                .isEqualTo(outcomes.chars().filter(each -> each == 'F').count());
    }

    @Test
    @DisplayName("a probability is one of each call; the same random numbers give the same faults")
    void probability() {
        FaultAttributes quarter = FaultAttributes.oneIn(1).withProbability(25);
        String once = outcomes(new FaultInjection(quarter, new Random(5)), 10_000, 1);
        assertThat(once.chars().filter(each -> each == 'F').count()).isBetween(2300L, 2700L);
        assertThat(outcomes(new FaultInjection(quarter, new Random(5)), 10_000, 1))
                .isEqualTo(once);
    }

    @Test
    @DisplayName("a filter that says no uses nothing up")
    void filter() {
        AtomicBoolean on = new AtomicBoolean();
        FaultAttributes second = FaultAttributes.oneIn(2).withTimes(1);
        FaultInjection faults = new FaultInjection(second, new Random(1), on::get);
        assertThat(outcomes(faults, 5, 1)).isEqualTo(".....");
        on.set(true);
        assertThat(outcomes(faults, 5, 1)).isEqualTo(".F...");
    }

    @Test
    @DisplayName("requests that must not fail are spared; on wish those that may wait, and small ones")
    void spared() {
        FaultInjection all = new FaultInjection(FaultAttributes.oneIn(1), new Random(1));
        assertThat(all.shouldFailAlloc(Gfp.GFP_KERNEL, 0, 4096)).isTrue();
        assertThat(all.shouldFailAlloc(Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL, 0, 4096))
                .isFalse();
        FaultAttributes fewer = FaultAttributes.oneIn(1).sparingWaiters().withMinOrder(1);
        FaultInjection some = new FaultInjection(fewer, new Random(1));
        assertThat(some.shouldFailAlloc(Gfp.GFP_KERNEL, 1, 8192)).isFalse();
        assertThat(some.shouldFailAlloc(Gfp.GFP_ATOMIC, 0, 4096)).isFalse();
        assertThat(some.shouldFailAlloc(Gfp.GFP_ATOMIC, 1, 8192)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,100,0", "-1,100,0,0", "1,101,0,0", "1,1,-1,0", "1,1,0,-2", "1,a,0,0", ""})
    void badAttributesAreRefused(String text) {
        assertThatThrownBy(() -> FaultAttributes.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
