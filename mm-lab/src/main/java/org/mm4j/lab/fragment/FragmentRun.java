package org.mm4j.lab.fragment;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.kernel.Kernel;

/**
 * One run over a booted kernel: all pages are taken, a random half of them is freed, and then in each round every thread
 * replaces a tenth of its pages by new ones, all at once. Between rounds the threads stand still while kcompactd, if there is
 * one, does what it has to.
 *
 * <pre>
 *   threads     free a tenth | take as many |  wait  | free a tenth ...
 *   page caches              | drained      |        |
 *   kcompactd   compacts, whenever the score is high | compacts ...
 *                            200 ms at most  `------' sample
 * </pre>
 */
public final class FragmentRun {
    private static final long WAIT_NANOS = 200_000_000;
    private static final long TICK_NANOS = 100_000;
    private static final int ORDER_HUGE = 9;
    private static final int GFP_HUGE = Gfp.GFP_TRANSHUGE | Gfp.__GFP_NOWARN;

    private final Kernel kernel;
    private final FragmentOptions options;
    private final boolean asksForHuge;
    private final StampedPages pages;
    private final int placesOfThread;
    private final IntConsumer progress;
    private final List<Double> samples = new ArrayList<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    /** In the middle of a round: all have freed, and the page caches keep nothing of it. */
    private final CyclicBarrier middle;

    private final CyclicBarrier meeting;

    /** Only by the thread that the others wait for. */
    private int meetings;

    private FragmentRun(Kernel kernel, FragmentOptions options, boolean asksForHuge, IntConsumer progress) {
        this.kernel = kernel;
        this.options = options;
        this.asksForHuge = asksForHuge;
        this.progress = progress;
        middle = new CyclicBarrier(options.threads(), kernel::drainAllPages);
        meeting = new CyclicBarrier(options.threads(), this::betweenRounds);
        long managed =
                zones(kernel).stream().mapToLong(ZoneSnapshot::pagesManaged).sum();
        placesOfThread = (int) (managed / options.threads());
        pages = new StampedPages(kernel, placesOfThread * options.threads());
    }

    /**
     * Runs, and frees everything.
     *
     * @param kernel with one node, and nothing in use
     * @param asksForHuge whether somebody asks for blocks of 2 MiB after each round, and gives them back
     * @param violations gets what was broken
     * @param progress is told how many rounds are done
     */
    public static FragmentSeries run(
            Kernel kernel, FragmentOptions options, boolean asksForHuge, List<String> violations, IntConsumer progress)
            throws InterruptedException {
        FragmentRun run = new FragmentRun(kernel, options, asksForHuge, progress);
        long start = System.nanoTime();
        run.runThreads();
        double seconds = (System.nanoTime() - start) / 1e9;
        kernel.drainAllPages();
        violations.addAll(run.violations);
        violations.addAll(kernel.validate());
        if (kernel.pagesInUse() > 0) {
            violations.add(kernel.pagesInUse() + " pages are missing after everything was freed");
        }
        return new FragmentSeries(
                run.samples,
                kernel.buddy().migrations().blocksMoved(),
                kernel.reclaim().snapshot().kcompactdRunsAhead(),
                seconds);
    }

    private void runThreads() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        SplittableRandom seeds = new SplittableRandom(options.seed());
        for (int thread = 0; thread < options.threads(); thread++) {
            int firstPlace = thread * placesOfThread;
            SplittableRandom random = seeds.split();
            threads.add(Thread.ofPlatform().name("mm4j fragment " + thread).start(() -> replace(firstPlace, random)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** One thread's work. */
    private void replace(int firstPlace, SplittableRandom random) {
        try {
            boolean hasMore = true;
            for (int place = 0; place < placesOfThread && hasMore; place++) {
                hasMore = pages.fill(firstPlace + place);
            }
            meeting.await();
            int[] order = shuffled(random);
            int live = placesOfThread / 2; // at order[0 .. live) are the places in use
            for (int at = live; at < placesOfThread; at++) {
                empty(firstPlace + order[at]);
            }
            meeting.await();
            for (int round = 0; round < options.rounds(); round++) {
                replaceTenth(firstPlace, order, live, random);
                meeting.await();
            }
            for (int place = 0; place < placesOfThread; place++) {
                empty(firstPlace + place);
            }
        } catch (InterruptedException | BrokenBarrierException e) {
            violations.add("another thread failed");
        } catch (RuntimeException | Error e) {
            violations.add("a thread failed: " + e);
            middle.reset();
            meeting.reset();
        }
    }

    private int[] shuffled(SplittableRandom random) {
        int[] order = new int[placesOfThread];
        for (int at = 0; at < order.length; at++) {
            int other = random.nextInt(at + 1);
            order[at] = order[other];
            order[other] = at;
        }
        return order;
    }

    /** All that go, go first, so that what comes does not fall into the same holes at once. */
    private void replaceTenth(int firstPlace, int[] order, int live, SplittableRandom random)
            throws InterruptedException, BrokenBarrierException {
        int replaced = live / FragmentOptions.REPLACED;
        for (int at = 0; at < replaced; at++) {
            int other = at + random.nextInt(live - at);
            int place = order[other];
            order[other] = order[at];
            order[at] = place;
            empty(firstPlace + place);
        }
        middle.await();
        for (int at = 0; at < replaced; at++) {
            if (!pages.fill(firstPlace + order[at])) {
                violations.add("half of memory is free, and there was no page");
            }
        }
    }

    private void empty(int place) {
        if (!pages.empty(place)) {
            violations.add("the page of place " + place + " lost what was in it");
        }
    }

    /** By the last thread that comes: the first meeting is when memory is full, the second when half of it is free. */
    private void betweenRounds() {
        if (meetings++ > 0) {
            waitForCompaction();
            if (asksForHuge) {
                askForHuge();
            }
            samples.add(percentWhole());
            progress.accept(samples.size() - 1);
        }
    }

    private void waitForCompaction() {
        int proactiveness = kernel.config().compaction().proactiveness();
        int low = 100 - proactiveness;
        int enough = low + Math.min(10, low / 2);
        long end = System.nanoTime() + (proactiveness == 0 ? 0 : WAIT_NANOS);
        while (System.nanoTime() < end && kernel.buddy().fragmentationScore(0) > enough) {
            LockSupport.parkNanos(this, TICK_NANOS);
        }
    }

    /** As page faults of huge pages do, one after the other, until one fails; each has memory compacted that needs it. */
    private void askForHuge() {
        List<Long> blocks = new ArrayList<>();
        long pfn = kernel.pages().allocPages(GFP_HUGE, ORDER_HUGE);
        while (pfn != PageFrame.NONE) {
            blocks.add(pfn);
            pfn = kernel.pages().allocPages(GFP_HUGE, ORDER_HUGE);
        }
        blocks.forEach(block -> kernel.pages().freePages(block, ORDER_HUGE));
        kernel.drainAllPages();
    }

    private double percentWhole() {
        long whole = 0;
        long managed = 0;
        for (ZoneSnapshot zone : zones(kernel)) {
            whole += zone.pagesFreeBlocks();
            managed += zone.pagesManaged();
        }
        return 100.0 * whole / managed;
    }

    private static List<ZoneSnapshot> zones(Kernel kernel) {
        return kernel.nodes().getFirst().zones();
    }
}
