package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.MAX_PAGE_ORDER;
import static org.mm4j.api.PageFrame.NONE;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.Gfp;

/** A random user of a page allocator, who knows what he holds. His habits change from time to time. */
final class RandomSteps {
    private static final int[] BASES = {
        Gfp.GFP_KERNEL,
        Gfp.GFP_KERNEL | Gfp.__GFP_RECLAIMABLE,
        Gfp.GFP_HIGHUSER_MOVABLE,
        Gfp.GFP_HIGHUSER_MOVABLE,
        Gfp.GFP_USER | Gfp.__GFP_MOVABLE,
        Gfp.GFP_ATOMIC,
        Gfp.GFP_ATOMIC | Gfp.__GFP_NOMEMALLOC,
        Gfp.GFP_ATOMIC | Gfp.__GFP_RECLAIMABLE,
        Gfp.GFP_NOWAIT,
        Gfp.GFP_NOWAIT | Gfp.__GFP_MEMALLOC,
        Gfp.GFP_KERNEL | Gfp.__GFP_MEMALLOC,
        Gfp.GFP_KERNEL | Gfp.__GFP_MEMALLOC | Gfp.__GFP_NORETRY,
        Gfp.GFP_KERNEL | Gfp.__GFP_HIGH,
        Gfp.GFP_KERNEL | Gfp.__GFP_NORETRY,
        Gfp.GFP_KERNEL | Gfp.__GFP_RETRY_MAYFAIL,
        Gfp.GFP_KERNEL_ACCOUNT,
        Gfp.GFP_KERNEL | Gfp.__GFP_DMA,
        Gfp.GFP_ATOMIC | Gfp.__GFP_DMA32,
        Gfp.GFP_KERNEL | Gfp.__GFP_DMA32 | Gfp.__GFP_MOVABLE,
        Gfp.GFP_TRANSHUGE_LIGHT,
    };

    /** A block, or a range of exact pages where {@code bytes} is not 0. */
    private record Held(long pfn, int order, long bytes) {}

    private final Random random;
    private final int nodes;
    private final long pfnEnd;
    private final List<Held> held = new ArrayList<>();
    private final List<Long> references = new ArrayList<>();

    /** Large blocks taken at first and kept for long, so that a large machine is short of memory as well. */
    private final List<Held> ballast = new ArrayList<>();

    private boolean isFilling;
    private int percentTaking;
    private int base;
    private int ordersMax;
    private int callerNode;

    RandomSteps(Random random, BuddyConfig config) {
        this.random = random;
        nodes = config.nodes().size();
        pfnEnd = 1024
                + config.nodes().stream()
                        .flatMap(node -> node.zones().stream())
                        .mapToLong(zone -> zone.span().endPfn())
                        .max()
                        .orElse(0);
        isFilling = random.nextBoolean();
        changeHabits();
    }

    private void changeHabits() {
        percentTaking = List.of(20, 45, 55, 80, 95).get(random.nextInt(5));
        base = random.nextInt(3) == 0 ? random.nextInt(BASES.length) : -1;
        ordersMax = List.of(0, 1, 3, 5, 9, 10).get(random.nextInt(6));
        callerNode = random.nextInt(nodes);
    }

    Step next() {
        if (random.nextInt(200) == 0) {
            changeHabits();
        }
        if (isFilling) {
            int gfp = random.nextBoolean() ? Gfp.GFP_NOWAIT : Gfp.GFP_NOWAIT | Gfp.__GFP_MOVABLE;
            return Step.alloc(gfp, MAX_PAGE_ORDER - random.nextInt(2), random.nextInt(nodes), callerNode);
        }
        int kind = random.nextInt(100);
        if (kind < 8) {
            return ballast.isEmpty() || random.nextInt(20) > 0 ? anywhere() : give(removeAny(ballast));
        }
        if (kind < 16) {
            return reference();
        }
        if (kind < 20 && !held.isEmpty()) {
            return split(held.get(random.nextInt(held.size())));
        }
        return held.isEmpty() || random.nextInt(100) < percentTaking ? taking() : giving();
    }

    /** A call that may name any frame, and mostly is refused. */
    private Step anywhere() {
        long pfn = random.nextInt((int) pfnEnd);
        Step.Call[] calls = {
            Step.Call.FREE,
            Step.Call.SPLIT,
            Step.Call.SPLIT_COMPOUND,
            Step.Call.PUT,
            Step.Call.COUNT,
            Step.Call.FREE_EXACT,
            Step.Call.HEAD,
            Step.Call.NODE
        };
        Step.Call call = calls[random.nextInt(calls.length)];
        return Step.of(call, pfn, 1 + random.nextInt(12), callerNode);
    }

    private Step reference() {
        if (!references.isEmpty() && random.nextInt(100) >= percentTaking) {
            return Step.of(Step.Call.PUT, references.remove(random.nextInt(references.size())), 0, callerNode);
        }
        Step.Call call = random.nextBoolean() ? Step.Call.GET : Step.Call.TRY_GET;
        if (held.isEmpty() || random.nextInt(4) == 0) {
            return Step.of(call, random.nextInt((int) pfnEnd), 0, callerNode);
        }
        Held block = held.get(random.nextInt(held.size()));
        return Step.of(call, block.pfn + random.nextInt(1 << block.order), 0, callerNode);
    }

    private Step split(Held block) {
        if (block.bytes > 0 || block.order == 0 || random.nextBoolean()) {
            return Step.of(Step.Call.SPLIT, block.pfn, block.order, callerNode);
        }
        return Step.of(Step.Call.SPLIT_COMPOUND, block.pfn, random.nextInt(block.order), callerNode);
    }

    private Step taking() {
        int gfp = BASES[base >= 0 ? base : random.nextInt(BASES.length)];
        gfp |= random.nextInt(8) == 0 ? Gfp.__GFP_THISNODE : 0;
        gfp |= random.nextInt(3) == 0 ? Gfp.__GFP_COMP : 0;
        int nid = random.nextInt(nodes + 1) - 1;
        int kind = random.nextInt(20);
        if (kind == 0) {
            return Step.exact(1 + random.nextInt((1 << ordersMax) * PAGE_SIZE), gfp, callerNode);
        }
        if (kind == 1) {
            long filled = random.nextBoolean() ? 0 : random.nextLong();
            return Step.bulk(gfp, nid, 1 + random.nextInt(random.nextInt(4) == 0 ? 200 : 20), filled, callerNode);
        }
        int order = random.nextInt(3) == 0 ? random.nextInt(ordersMax + 1) : smallOrder();
        return Step.alloc(gfp, order, nid, callerNode);
    }

    private int smallOrder() {
        int order = 0;
        while (order < ordersMax && random.nextInt(3) == 0) {
            order++;
        }
        return order;
    }

    private Step giving() {
        Held block = removeAny(held);
        boolean isRetired = block.bytes == 0 && random.nextInt(10) == 0;
        return isRetired ? Step.of(Step.Call.RETIRE, block.pfn, block.order, callerNode) : give(block);
    }

    private Held removeAny(List<Held> blocks) {
        return blocks.remove(random.nextInt(blocks.size()));
    }

    private Step give(Held block) {
        return block.bytes > 0
                ? Step.of(Step.Call.FREE_EXACT, block.pfn, block.bytes, callerNode)
                : Step.free(block.pfn, block.order, callerNode);
    }

    /** Notes what a step has brought. */
    void note(Step step, Object result) {
        switch (step.call()) {
            case ALLOC -> {
                hold((long) result, step.order(), 0);
                isFilling &= (long) result != NONE;
                if (isFilling) {
                    ballast.add(held.removeLast());
                }
            }
            case EXACT -> hold((long) result, 0, step.amount());
            case BULK -> ((List<?>) result).stream().skip(1).forEach(pfn -> hold((long) pfn, 0, 0));
            case GET, TRY_GET -> {
                if (result.equals(Step.DONE) || result.equals(true)) {
                    references.add(step.pfn());
                }
            }
            case SPLIT -> pieces(step, 0, result);
            case SPLIT_COMPOUND -> pieces(step, step.order(), result);
            default -> {}
        }
    }

    private void hold(long pfn, int order, long bytes) {
        if (pfn > 1 && pfn != NONE) {
            held.add(new Held(pfn, order, bytes));
        }
    }

    private void pieces(Step step, int order, Object result) {
        if (result.equals("refused")) {
            return;
        }
        for (Held block : List.copyOf(held)) {
            if (block.pfn == step.pfn() && block.order > order) {
                held.remove(block);
                for (long pfn = block.pfn; pfn < block.pfn + (1L << block.order); pfn += 1L << order) {
                    held.add(new Held(pfn, order, 0));
                }
            }
        }
    }

    /** Gives back something that is still held; null when there is nothing. */
    @Nullable
    Step last() {
        if (!references.isEmpty()) {
            return Step.of(Step.Call.PUT, references.removeLast(), 0, callerNode);
        }
        held.addAll(ballast);
        ballast.clear();
        return held.isEmpty() ? null : give(held.removeLast());
    }
}
