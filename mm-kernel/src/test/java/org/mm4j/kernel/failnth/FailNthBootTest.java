package org.mm4j.kernel.failnth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.FaultTask;
import org.mm4j.kernel.Kernel;
import org.mm4j.memory.HostMemoryException;
import org.mm4j.slab.SlabEngineKind;

/** The beginning and the end of a kernel. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthBootTest {
    @AfterEach
    void noMore() {
        FaultTask.setFailNth(0);
    }

    @ParameterizedTest
    @DisplayName("a boot that fails leaves nothing open")
    @EnumSource
    void boot(SlabEngineKind engine) throws Exception {
        Kernel.boot(FailNth.config(engine)).close();
        long mappings = mappings();
        boolean isBooted = false;
        for (int n = 1; !isBooted; n++) {
            FaultTask.setFailNth(n);
            try (Kernel kernel = Kernel.boot(FailNth.config(engine))) {
                isBooted = FaultTask.failNth() > 0;
                FaultTask.setFailNth(0);
                assertThat(kernel.validate()).isEmpty();
            } catch (AllocationFailure e) {
                assertThat(e).hasMessageMatching("[a-z].*");
            }
            assertThat(mappings()).as("mappings of memory after call " + n).isEqualTo(mappings);
        }
    }

    private static long mappings() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(maps)) {
            return lines.filter(line -> line.contains("memfd:")).count();
        }
    }

    @Test
    @DisplayName("a close that the host refuses is tried again")
    void close() {
        boolean isOver = false;
        for (int n = 1; !isOver; n++) {
            Kernel kernel = Kernel.boot(FailNth.config(SlabEngineKind.CPU_SLAB));
            for (int area = 0; area < 3; area++) {
                assertThat(kernel.vmalloc().vmalloc(9000)).isNotZero();
            }
            kernel.vmalloc().vfreeAtomic(kernel.vmalloc().vmalloc(5000));
            FaultTask.setFailNth(n);
            try {
                kernel.close();
            } catch (HostMemoryException e) {
                kernel.close();
            }
            isOver = FaultTask.failNth() > 0;
            FaultTask.setFailNth(0);
        }
    }
}
