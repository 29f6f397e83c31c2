package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import org.junit.jupiter.api.Test;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.memcg.MemoryCgroup;

/** Requests use no Java heap, whether a scope is around them or not, though it is noted who makes them. */
class ContextsJavaHeapTest {
    private static final int CALLS = 2_000;

    private final Kernel kernel = Kernel.boot(KernelConfig.ofBytes(16 << 20));
    private final Object threads;
    private final Method bytes;

    /** By reflection, as the module reads no java.management. */
    ContextsJavaHeapTest() throws ReflectiveOperationException {
        threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        bytes = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
    }

    @Test
    void requestsUseNone() {
        try (kernel) {
            assertThat(heapUsed(this::request)).as("before any scope").isZero();
            kernel.contexts().nofs(() -> {
                assertThat(heapUsed(this::request)).as("in a scope").isZero();
            });
            assertThat(heapUsed(this::request)).as("after it").isZero();
            kernel.owners().as("somebody", () -> {
                assertThat(heapUsed(this::request)).as("noted with a label").isZero();
            });
            assertThat(heapUsed(() -> kernel.contexts().nofs(this::request)))
                    .as("a scope is an object")
                    .isGreaterThan(16L * CALLS);
        }
    }

    @Test
    void chargedRequestsUseNone() {
        try (kernel;
                Kernel charging = Kernel.boot(KernelConfig.ofBytes(16 << 20).withCgroups(true))) {
            MemoryCgroup group = charging.cgroups().create("a", CgroupLimits.ofMax(1 << 20));
            group.run(() -> {
                assertThat(heapUsed(() -> chargePage(charging))).as("pages").isZero();
                assertThat(heapUsed(() -> chargeObject(charging))).as("objects").isZero();
            });
            assertThat(group.stat().kernel()).isZero();
        }
    }

    private static void chargePage(Kernel charging) {
        charging.pages().freePages(charging.pages().allocPages(Gfp.GFP_KERNEL_ACCOUNT, 0), 0);
    }

    private static void chargeObject(Kernel charging) {
        charging.kmalloc().kfree(charging.kmalloc().kmalloc(100, Gfp.GFP_KERNEL_ACCOUNT));
    }

    private void request() {
        kernel.pages().freePages(kernel.pages().allocPages(Gfp.GFP_KERNEL, 0), 0);
    }

    /** The least of some times: the virtual machine uses some bytes itself when it compiles a method anew. */
    private long heapUsed(Runnable call) {
        long least = Long.MAX_VALUE;
        for (int time = 0; time < 5; time++) {
            now();
            long before = now();
            long start = now();
            for (int each = 0; each < CALLS; each++) {
                call.run();
            }
            least = Math.min(least, now() - start - (start - before));
        }
        return least;
    }

    private long now() {
        try {
            return (long) bytes.invoke(threads);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
