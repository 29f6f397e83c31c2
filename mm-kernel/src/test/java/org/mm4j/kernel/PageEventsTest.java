package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mm4j.api.Gfp;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageEventsTest {
    @TempDir
    private Path folder;

    @Test
    void aRecordingSeesWhatItSwitchesOn() throws Exception {
        Path file = folder.resolve("pages.jfr");
        long pfn;
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20).withEvents(true));
                Recording recording = new Recording()) {
            kernel.pages().freePages(kernel.pages().allocPages(Gfp.GFP_KERNEL, 1), 1);
            recording.enable("org.mm4j.mm_page_alloc");
            recording.start();
            pfn = kernel.pages().allocPages(Gfp.GFP_KERNEL, 2);
            assertThat(kernel.pages().allocPages(Gfp.GFP_KERNEL | Gfp.__GFP_NOWARN, 11))
                    .isZero();
            kernel.pages().freePages(pfn, 2);
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events).extracting(event -> event.getEventType().getName()).containsOnly("org.mm4j.mm_page_alloc");
        assertThat(events).extracting(event -> event.getLong("pfn")).containsExactly(pfn, 0L);
        assertThat(events.getFirst().getInt("order")).isEqualTo(2);
        assertThat(events.getFirst().getString("gfp_flags")).isEqualTo("GFP_KERNEL");
    }

    @Test
    void withoutEventsNothingStandsBetween() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20).withOwners(OwnerTracking.OFF))) {
            assertThat(kernel.pages()).isSameAs(kernel.buddy());
        }
    }
}
