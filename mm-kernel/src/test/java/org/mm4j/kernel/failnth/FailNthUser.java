package org.mm4j.kernel.failnth;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.mm4j.api.AllocationFailure;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;
import org.mm4j.memory.HostMemoryException;

/** Who takes and gives back, and notes what fails. */
final class FailNthUser {
    final Kernel kernel;
    private final List<FaultPoint> faults = new ArrayList<>();
    private int failures;

    FailNthUser(Kernel kernel) {
        this.kernel = kernel;
        kernel.faults().onFault(faults::add);
    }

    List<FaultPoint> faults() {
        return faults;
    }

    int failures() {
        return failures;
    }

    /** Zero is a failure. */
    void note(long result) {
        failures += result == 0 ? 1 : 0;
    }

    void note(boolean isDone) {
        failures += isDone ? 0 : 1;
    }

    void note(long result, LongConsumer end) {
        note(result, 0, end);
    }

    void note(long result, long none, LongConsumer end) {
        if (result == none) {
            failures++;
        } else {
            end.accept(result);
        }
    }

    /** What is thrown for want of memory is a failure. */
    void tries(Runnable work) {
        try {
            work.run();
        } catch (AllocationFailure | HostMemoryException e) {
            failures++;
        }
    }

    /** The host refuses once at most. */
    private void twice(Runnable free) {
        try {
            free.run();
        } catch (HostMemoryException e) {
            failures++;
            free.run();
        }
    }

    long vmalloc(long bytes) {
        long address = kernel.vmalloc().vmalloc(bytes);
        note(address);
        return address;
    }

    void vfree(long address) {
        twice(() -> kernel.vmalloc().vfree(address));
    }

    void vunmap(long address) {
        twice(() -> kernel.vmalloc().vunmap(address));
    }

    void unmapRam(long address) {
        twice(() -> kernel.vmalloc().vmUnmapRam(address, 5));
    }

    void kvfree(long address) {
        twice(() -> kernel.kvmalloc().kvfree(address));
    }
}
