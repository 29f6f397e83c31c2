package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.buddy.Machines.START;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/** What the log says about requests that failed. */
class FailureReportTest {
    private static final long SECOND = 1_000_000_000L;

    @RegisterExtension
    final Machines machines = new Machines();

    private final KernelLog log = new KernelLog();
    private long now = Long.MAX_VALUE - SECOND; // the clock may overflow

    private Machine full() {
        Machine machine = machines.of(BuddyConfig.ofFrames(64).withLog(log));
        machine.takeAll(Machine.UNMOVABLE, 0);
        return machine;
    }

    @Test
    @DisplayName("a line names the thread, the order and the flags; two more say what the zone has")
    void lines() {
        Machine machine = full();
        machine.free(START + 8, START + 13, 0);
        machine.allocator.allocPages(Gfp.GFP_KERNEL, 3);
        assertThat(log.lines())
                .containsExactly(
                        Thread.currentThread().getName()
                                + ": page allocation failure: order:3, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0",
                        "Node 0 Normal free:20kB boost:0kB min:0kB low:0kB high:0kB reserved_highatomic:0KB"
                                + " managed:256kB free_cma:0kB",
                        "Node 0 Normal: 1*4kB (U) 0*8kB 1*16kB (U) 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB"
                                + " 0*2048kB 0*4096kB = 20kB");
    }

    @Test
    void noLineWithNoWarn() {
        full().allocator.allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, 2);
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void noLineForASuccess() {
        machines.of(BuddyConfig.ofFrames(64).withLog(log)).take(Gfp.GFP_KERNEL, 2);
        assertThat(log.lines()).isEmpty();
    }

    @Test
    @DisplayName("a request that no zone may serve leaves a line too")
    void noZone() {
        full().allocator.allocPages(Gfp.GFP_DMA, 0);
        assertThat(log.lines()).first().asString().contains("mode:0x1(GFP_DMA), nodemask=");
    }

    @Test
    @DisplayName("ten lines in five seconds")
    void rateLimited() {
        FailureReport report = new FailureReport(log, List.of(), () -> now);
        write(report, 25);
        assertThat(log.linesWritten()).isEqualTo(10);
        now += 5 * SECOND - 1;
        write(report, 25);
        assertThat(log.linesWritten()).isEqualTo(10);
        now += 1;
        write(report, 25);
        assertThat(log.linesWritten()).isEqualTo(20);
        now += 30 * SECOND;
        write(report, 3);
        assertThat(log.linesWritten()).isEqualTo(23);
    }

    private static void write(FailureReport report, int lines) {
        for (int line = 0; line < lines; line++) {
            report.write(0, 0);
        }
    }
}
