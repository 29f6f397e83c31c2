package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Q1: the checks of lib/percpu_test.c, in their order; and the words of other CPUs. */
class PercpuWordsTest {
    private final Machine machine = new Machine(2);
    private final AtomicInteger cpu = new AtomicInteger();
    private final int uiOne = 1;

    private PercpuLong longWord() {
        return new PercpuLong(machine.percpu, machine.percpu.allocPercpu(8, 8), cpu::get);
    }

    private PercpuInt intWord() {
        return new PercpuInt(machine.percpu, machine.percpu.allocPercpu(4, 4), cpu::get);
    }

    @AfterEach
    void close() {
        machine.close();
    }

    private static void check(long expected, PercpuLong word) {
        assertThat(word.read()).isEqualTo(expected);
    }

    @Test
    void q1SignedLong() {
        PercpuLong counter = longWord();
        counter.write(0);
        counter.add(-1);
        check(-1, counter);
        counter.add(1);
        check(0, counter);
        counter.add(Integer.toUnsignedLong(-uiOne)); // an unsigned int, widened without a sign
        check(0xffffffffL, counter);
        counter.add(uiOne);
        check(0x100000000L, counter);
        counter.write(0);
        counter.sub(uiOne);
        check(-1, counter);
        counter.sub(uiOne);
        check(-2, counter);
        counter.write(0);
        counter.inc();
        check(1, counter);
        counter.dec();
        check(0, counter);
    }

    @Test
    void q1UnsignedLong() {
        PercpuLong counter = longWord();
        counter.add(1);
        check(1, counter);
        counter.add(-1);
        check(0, counter);
        counter.add(-1L);
        check(-1, counter);
        assertThat(Long.toUnsignedString(counter.read())).isEqualTo("18446744073709551615"); // ULONG_MAX
        counter.write(0);
        counter.dec();
        check(-1, counter);
        counter.add(Integer.toUnsignedLong(-uiOne));
        check(0xfffffffeL, counter);
        counter.add(uiOne);
        check(0xffffffffL, counter);
        counter.write(0);
        counter.sub(1);
        check(-1, counter);
        counter.sub(-1L);
        check(0, counter);
        counter.sub(-1L);
        check(1, counter);
        counter.write(1);
        counter.sub(uiOne);
        check(0, counter);
        counter.sub(Integer.toUnsignedLong(-uiOne));
        check(-0xffffffffL, counter);
        counter.write(3);
        assertThat(counter.subReturn(uiOne)).isEqualTo(2);
        assertThat(counter.subReturn(uiOne)).isEqualTo(1);
        assertThat(counter.subReturn(uiOne)).isZero();
    }

    @Test
    void q1IntsWrapAround() {
        PercpuInt counter = intWord();
        counter.add(-1);
        assertThat(counter.read()).isEqualTo(-1);
        assertThat(Integer.toUnsignedLong(counter.read())).isEqualTo(0xffffffffL);
        counter.add((int) 0x1_0000_0002L); // a long loses its upper half
        assertThat(counter.read()).isEqualTo(1);
        counter.write(Integer.MAX_VALUE);
        assertThat(counter.addReturn(1)).isEqualTo(Integer.MIN_VALUE);
        assertThat(counter.subReturn(1)).isEqualTo(Integer.MAX_VALUE);
        counter.write(0);
        counter.dec();
        counter.dec();
        counter.inc();
        counter.sub(-5);
        assertThat(counter.read()).isEqualTo(4);
    }

    @Test
    void exchangesReturnWhatWasThere() {
        PercpuLong word = longWord();
        assertThat(word.xchg(7)).isZero();
        assertThat(word.cmpxchg(6, 9)).isEqualTo(7);
        assertThat(word.cmpxchg(7, 9)).isEqualTo(7);
        assertThat(word.read()).isEqualTo(9);
        PercpuInt small = intWord();
        assertThat(small.xchg(7)).isZero();
        assertThat(small.cmpxchg(6, 9)).isEqualTo(7);
        assertThat(small.cmpxchg(7, 9)).isEqualTo(7);
        assertThat(small.read()).isEqualTo(9);
    }

    @Test
    void eachCpuHasItsOwn() {
        PercpuLong word = longWord();
        PercpuInt small = intWord();
        word.add(5);
        small.add(Integer.MAX_VALUE);
        cpu.set(1);
        word.add(-2);
        small.add(Integer.MAX_VALUE);
        assertThat(word.get(0)).isEqualTo(5);
        assertThat(word.get(1)).isEqualTo(-2);
        assertThat(word.read()).isEqualTo(-2);
        assertThat(word.sum()).isEqualTo(3);
        assertThat(small.sum()).isEqualTo(2L * Integer.MAX_VALUE);
    }

    @Test
    void aLongIsAlignedTo8() {
        machine.percpu.allocPercpu(4, 4);
        long handle = machine.percpu.allocPercpu(8, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PercpuLong(machine.percpu, handle, () -> 0))
                .withMessageEndingWith("is refused: it is not aligned to 8 bytes");
        long small = machine.percpu.allocPercpu(4, 8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PercpuLong(machine.percpu, small, () -> 0))
                .withMessageEndingWith("there are 4 bytes of an area from there on, not 8");
    }
}
