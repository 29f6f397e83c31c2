package org.mm4j.lab;

import java.io.PrintStream;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** One task's progress, on a line of its own that is gone afterwards. Nothing at all when nobody looks. */
final class ProgressLine implements AutoCloseable {
    private static final int WIDTH = 79;
    private static final int UPDATE_MILLIS = 200;

    private final PrintStream err;
    private final @Nullable ProgressBar bar;

    /** A task of {@code total} parts; -1 when nobody knows how many. */
    ProgressLine(Surroundings surroundings, String task, String unit, long unitSize, long total) {
        err = surroundings.err();
        bar = surroundings.isTerminal() ? bar(task, unit, unitSize, total) : null;
    }

    void at(long done) {
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            err.print("\r" + " ".repeat(WIDTH) + "\r");
            err.flush();
        }
    }

    /** A consumer of our own, as the bar's would load native code to ask for the terminal's width. */
    private ProgressBar bar(String task, String unit, long unitSize, long total) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(unit, unitSize)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setConsumer(new DelegatingProgressBarConsumer(line -> err.print("\r" + line), WIDTH))
                .build();
    }
}
