package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Bad input, one row a call: what a whole kernel answers, and that it is as it was. The rows of each module's own tests go
 * deeper; here stands that every row has its answer.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class BadInputRows {
    static final long MIB = 1 << 20;

    private final List<DynamicTest> rows = new ArrayList<>();

    @TestFactory
    Stream<DynamicTest> everyRowIsAnswered() {
        rows();
        return rows.stream();
    }

    /** Calls {@link #row} for each row. */
    abstract void rows();

    /** Runs a row on a kernel of its own, which has to be as it was. */
    final void row(String name, Consumer<Kernel> row) {
        rows.add(dynamicTest(name, () -> {
            try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 * MIB))) {
                kernel.vmalloc();
                String before = counts(kernel);
                row.accept(kernel);
                assertThat(kernel.validate()).isEmpty();
                assertThat(counts(kernel)).isEqualTo(before);
            }
        }));
    }

    /** What callers have. */
    private static String counts(Kernel kernel) {
        return kernel.pagesInUse() + " pages, " + kernel.slab().objectsInUse() + " objects, "
                + kernel.kmalloc().largeBlocks() + " large blocks, "
                + kernel.vmalloc().areas().stream()
                        .filter(area -> !area.isUnpurged())
                        .count() + " areas, "
                + kernel.percpu().stats().counts().allocationsNow() + " percpu areas, "
                + kernel.arenas().open() + " arenas";
    }

    static void refused(Class<? extends Throwable> type, Runnable call) {
        assertThatThrownBy(call::run).isInstanceOf(type);
    }

    static void logged(Kernel kernel, String text) {
        assertThat(kernel.log().lines()).anyMatch(line -> line.contains(text));
    }
}
