package org.mm4j.bench;

import java.util.concurrent.TimeUnit;
import org.jctools.queues.SpscArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/** One thread takes objects of 64 bytes, another one gives them back, a batch of 128 at a time. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class HandOverBenchmark {
    private static final int BATCH = 128;
    private static final int BATCHES = 64;

    /** Batches that travel between the threads, full ones and empty ones. */
    @State(Scope.Group)
    public static class Of {
        /** Which allocator. */
        @Param
        public Allocator allocator;

        private final SpscArrayQueue<Places> full = new SpscArrayQueue<>(BATCHES);
        private final SpscArrayQueue<Places> empty = new SpscArrayQueue<>(BATCHES);

        /** All batches empty. */
        @Setup
        public void make() {
            Places first = allocator.places(BATCH);
            empty.offer(first);
            for (int each = 1; each < BATCHES; each++) {
                empty.offer(first.another(BATCH));
            }
        }
    }

    @Benchmark
    @Group("handOver")
    @GroupThreads(1)
    @OperationsPerInvocation(BATCH)
    public void take(Of of, Control control) {
        Places batch = next(of.empty, control);
        if (batch != null) {
            for (int place = 0; place < BATCH; place++) {
                batch.take(place, Places.OBJECT_BYTES);
            }
            of.full.offer(batch);
        }
    }

    @Benchmark
    @Group("handOver")
    @GroupThreads(1)
    @OperationsPerInvocation(BATCH)
    public void give(Of of, Control control) {
        Places batch = next(of.full, control);
        if (batch != null) {
            for (int place = 0; place < BATCH; place++) {
                batch.give(place);
            }
            of.empty.offer(batch);
        }
    }

    private static Places next(SpscArrayQueue<Places> queue, Control control) {
        Places batch = queue.poll();
        while (batch == null && !control.stopMeasurement) {
            Thread.onSpinWait();
            batch = queue.poll();
        }
        return batch;
    }
}
