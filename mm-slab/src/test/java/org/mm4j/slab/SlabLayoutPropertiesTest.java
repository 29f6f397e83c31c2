package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every layout: nothing overlaps, everything is aligned, the slab is of a sensible order. */
class SlabLayoutPropertiesTest {
    private static final int SIZE_MAX = 8192;
    private static final int REQUESTS = 20;
    private static final int FLAGS = (1 << 17) - 1;
    private static final int ALIGN_BITS = 13;

    static IntStream seeds() {
        return IntStream.range(0, 16);
    }

    private static SlabRequest draw(int objectSize, SplittableRandom random) {
        int minOrder = random.nextInt(4) == 0 ? random.nextInt(4) : 0;
        int cpus = 1 << random.nextInt(9);
        SlabSettings settings = new SlabSettings(cpus, minOrder, 3, random.nextInt(4) == 0 ? random.nextInt(64) : 0);
        SlabRequest request = SlabRequest.of(objectSize, settings)
                .withFlags(random.nextInt() & random.nextInt() & FLAGS)
                .withAlign(random.nextBoolean() ? 0 : 1 << random.nextInt(ALIGN_BITS))
                .withCtor(random.nextInt(4) == 0);
        boolean mayPlace = request.hasCtor() || SlabFlags.has(request.flags(), SlabFlags.SLAB_TYPESAFE_BY_RCU);
        return mayPlace && objectSize >= SlabLayout.WORD_BYTES && random.nextBoolean()
                ? request.withFreePointerOffset(
                        random.nextInt(objectSize - SlabLayout.WORD_BYTES + 1) & -SlabLayout.WORD_BYTES)
                : request;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void holdForEverySize(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int size = 1 + seed; size <= SIZE_MAX; size += 16) {
            for (int n = 0; n < REQUESTS; n++) {
                SlabRequest request = draw(size, random);
                SlabLayout layout = SlabLayout.of(request);
                String broken = firstBroken(layout, request);
                assertThat(broken).as("seed %d, %s", seed, layout).isEmpty();
            }
        }
    }

    /** Plain conditions: a million assertions would take longer than the layouts. */
    private static String firstBroken(SlabLayout layout, SlabRequest request) {
        String slot = brokenSlot(layout, request);
        return slot.isEmpty() ? brokenSlab(layout, request) : slot;
    }

    private static String brokenSlot(SlabLayout layout, SlabRequest request) {
        boolean redZone = SlabFlags.has(request.flags(), SlabFlags.SLAB_RED_ZONE);
        int freePointerEnd = layout.freePointerOffset() + SlabLayout.WORD_BYTES;
        boolean outside = layout.isFreePointerOutside();
        int end = layout.redLeftPad() + layout.metadataEnd() + (redZone ? SlabLayout.WORD_BYTES : 0);
        if (layout.inuse() < layout.objectSize() + (redZone ? 1 : 0)) {
            return "the right red zone is empty";
        }
        if (layout.freePointerOffset() % SlabLayout.WORD_BYTES != 0) {
            return "the free pointer is not aligned";
        }
        if (outside ? layout.freePointerOffset() != layout.inuse() : freePointerEnd > layout.inuse()) {
            return "the free pointer overlaps";
        }
        if (redZone && !outside && freePointerEnd > layout.objectSize()) {
            return "the free pointer lies in the red zone";
        }
        if (layout.userOffset() != SlabLayout.NONE
                && layout.userOffset() < (outside ? freePointerEnd : layout.inuse())) {
            return "the users overlap";
        }
        if (layout.originalSizeOffset() != SlabLayout.NONE
                && layout.originalSizeOffset() != layout.userOffset() + 2 * SlabLayout.USER_BYTES) {
            return "the original size overlaps";
        }
        return end > layout.size() || end + layout.align() <= layout.size() ? "the slot is not the smallest" : "";
    }

    private static String brokenSlab(SlabLayout layout, SlabRequest request) {
        long bytes = 4096L << layout.order();
        int align = layout.align();
        if (Integer.bitCount(align) != 1 || align < Math.max(8, request.align())) {
            return "the alignment is not what was asked for";
        }
        if (layout.size() % align != 0 || layout.redLeftPad() % align != 0 || bytes < align) {
            return "objects are not aligned";
        }
        if (layout.objectsPerSlab() != bytes / layout.size() || layout.objectsPerSlab() < 1) {
            return "the number of objects is wrong";
        }
        if (layout.objectsPerSlab() > SlabOrder.MAX_OBJECTS) {
            return "too many objects to count";
        }
        if (layout.order() < request.settings().minOrder() || layout.order() < layout.minOrder()) {
            return "the order is too small";
        }
        if (layout.order() > Math.max(3, layout.minOrder())) {
            return "the order is too large";
        }
        if (layout.order() != NaiveOrder.order(layout.size(), request.settings())) {
            return "the order is not " + NaiveOrder.order(layout.size(), request.settings());
        }
        return brokenLists(layout);
    }

    private static String brokenLists(SlabLayout layout) {
        boolean debug = (layout.flags() & SlabFlags.SLAB_DEBUG_FLAGS) != 0;
        if (debug != (layout.cpuPartialObjects() == 0) || debug != (layout.cpuPartialSlabs() == 0)) {
            return "debug caches, and no others, have no list of their CPUs";
        }
        return layout.minPartial() < 5 || layout.minPartial() > 10 ? "min_partial is out of range" : "";
    }

    /** Each size of slot that can be asked for, on machines of each size. */
    @Test
    void ordersAreThoseOfTheNaiveReading() {
        for (int cpus = 1; cpus <= 4096; cpus *= 2) {
            SlabSettings settings = SlabSettings.ofCpus(cpus);
            for (int size = 8; size <= 1 << 22; size += size < 40_000 ? 8 : 4088) {
                int order = SlabLayout.of(SlabRequest.of(size, settings)).order();
                if (order != NaiveOrder.order(size, settings)) {
                    assertThat(order).as("%d bytes, %d CPUs", size, cpus).isEqualTo(NaiveOrder.order(size, settings));
                }
            }
        }
    }
}
