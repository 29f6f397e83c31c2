package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.slab.SlabFlags.SLAB_CONSISTENCY_CHECKS;
import static org.mm4j.slab.SlabFlags.SLAB_FAILSLAB;
import static org.mm4j.slab.SlabFlags.SLAB_HWCACHE_ALIGN;
import static org.mm4j.slab.SlabFlags.SLAB_KMALLOC;
import static org.mm4j.slab.SlabFlags.SLAB_NOLEAKTRACE;
import static org.mm4j.slab.SlabFlags.SLAB_POISON;
import static org.mm4j.slab.SlabFlags.SLAB_RED_ZONE;
import static org.mm4j.slab.SlabFlags.SLAB_STORE_USER;
import static org.mm4j.slab.SlabFlags.SLAB_TRACE;
import static org.mm4j.slab.SlabFlags.SLAB_TYPESAFE_BY_RCU;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlabLayoutTest {
    private static void assertSlot(SlabLayout layout, int inuse, int freePointer, int size) {
        assertThat(layout.inuse()).as("inuse").isEqualTo(inuse);
        assertThat(layout.freePointerOffset()).as("free pointer").isEqualTo(freePointer);
        assertThat(layout.size()).as("size").isEqualTo(size);
    }

    @Test
    @DisplayName("C43: what debugging and a constructor add to an object")
    void slots() {
        assertSlot(Machine.layout(64, 0), 64, 32, 64);
        assertSlot(Machine.layout(64, SLAB_RED_ZONE), 72, 32, 88);
        assertSlot(Machine.layout(64, SLAB_POISON), 64, 64, 72);
        assertSlot(Machine.layout(64, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER), 72, 72, 160);
        assertSlot(Machine.layout(16, SLAB_TYPESAFE_BY_RCU), 16, 16, 24);
        assertSlot(SlabLayout.of(Machine.request(40, 0).withCtor(true)), 40, 40, 48);
    }

    @Test
    void aRedZoneThatPaddingHoldsNeedsNoWordOfItsOwn() {
        assertSlot(Machine.layout(60, SLAB_RED_ZONE), 64, 24, 80);
        assertSlot(Machine.layout(4, SLAB_RED_ZONE), 8, 8, 32); // too small to hold both
        assertSlot(Machine.layout(4, 0), 8, 0, 8);
    }

    @Test
    void theLeftRedZoneKeepsTheAlignment() {
        SlabLayout layout = Machine.layout(64, SLAB_RED_ZONE | SLAB_HWCACHE_ALIGN);

        assertThat(layout.redLeftPad()).isEqualTo(64);
        assertThat(layout.size()).isEqualTo(192); // 64 + 64 + 8 + 8, to the next multiple of 64
        assertThat(layout.objectOffset(2)).isEqualTo(2 * 192 + 64);
    }

    @Test
    void kmallocRemembersWhatWasAskedFor() {
        SlabLayout layout = Machine.layout(32, SLAB_KMALLOC | SLAB_STORE_USER | SLAB_RED_ZONE);

        assertSlot(layout, 40, 40, 40 + 8 + 64 + 8 + 8 + 8);
        assertThat(layout.userOffset()).isEqualTo(48);
        assertThat(layout.originalSizeOffset()).isEqualTo(112);
        assertThat(layout.metadataEnd()).isEqualTo(120);
        assertSlot(Machine.layout(32, SLAB_KMALLOC | SLAB_STORE_USER), 32, 16, 104); // nothing to extend
    }

    @Test
    void anOrdinaryObjectHasNothingBehindIt() {
        SlabLayout layout = Machine.layout(100, 0);

        assertThat(layout.isFreePointerOutside()).isFalse();
        assertThat(layout.userOffset()).isEqualTo(SlabLayout.NONE);
        assertThat(layout.originalSizeOffset()).isEqualTo(SlabLayout.NONE);
        assertThat(layout.metadataEnd()).isEqualTo(104);
        assertThat(layout.restBytes()).isEqualTo(4096 - 39 * 104);
    }

    @Test
    void theFreePointerLiesWhereItsOwnerWantsIt() {
        SlabRequest request = Machine.request(192, SLAB_TYPESAFE_BY_RCU).withFreePointerOffset(16);

        assertSlot(SlabLayout.of(request), 192, 16, 192);
        assertSlot(SlabLayout.of(request.withFlags(SLAB_TYPESAFE_BY_RCU | SLAB_POISON)), 192, 192, 200);
        assertSlot(SlabLayout.of(request.withCtor(true).withFlags(0)), 192, 16, 192);
    }

    @Test
    void objectsThatReadersStillSeeAreNotPoisoned() {
        assertThat(Machine.layout(64, SLAB_POISON).poisonsObjects()).isTrue();
        assertThat(Machine.layout(64, 0).poisonsObjects()).isFalse();
        assertThat(Machine.layout(64, SLAB_POISON | SLAB_TYPESAFE_BY_RCU).poisonsObjects())
                .isFalse();
        assertThat(SlabLayout.of(Machine.request(64, SLAB_POISON).withCtor(true))
                        .poisonsObjects())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "8, 8", "16, 16", "17, 32", "32, 32", "33, 64", "64, 64", "65, 64", "1000, 64"})
    void smallObjectsShareACacheLine(int objectSize, int align) {
        assertThat(Machine.layout(objectSize, SLAB_HWCACHE_ALIGN).align()).isEqualTo(align);
    }

    @Test
    void theLargerAlignmentCounts() {
        SlabRequest request = Machine.request(100, SLAB_HWCACHE_ALIGN);

        assertThat(SlabLayout.of(request.withAlign(16)).align()).isEqualTo(64);
        assertThat(SlabLayout.of(request.withAlign(4096)).size()).isEqualTo(4096);
        assertThat(SlabLayout.of(Machine.request(1, 0).withAlign(1 << 22)).order())
                .isEqualTo(10);
    }

    @ParameterizedTest(name = "C44: {0} CPUs, {1} bytes")
    @CsvSource({"1, 8, 0", "1, 512, 0", "1, 1024, 1", "1, 2048, 2", "1, 4096, 3", "1, 8192, 3"})
    @CsvSource({"2, 256, 0", "2, 512, 1", "2, 1024, 2", "2, 2048, 3", "2, 8192, 3"})
    @CsvSource({"8, 192, 0", "8, 256, 1", "8, 512, 2", "8, 1024, 3", "8, 8192, 3"})
    @CsvSource({"64, 128, 0", "64, 192, 1", "64, 256, 1", "64, 512, 2", "64, 1024, 3"})
    @CsvSource({"128, 96, 0", "128, 128, 1", "128, 192, 1", "128, 256, 2", "128, 512, 3"})
    void orders(int cpus, int objectSize, int order) {
        assertThat(Machine.onCpus(cpus, objectSize).order()).isEqualTo(order);
    }

    @ParameterizedTest(name = "C44: {0} bytes on 2 CPUs")
    @CsvSource({"8, 0, 512", "96, 0, 42", "192, 0, 21", "384, 1, 21", "416, 1, 19", "696, 2, 23", "1016, 2, 16"})
    @CsvSource({"1984, 3, 16", "2112, 3, 15", "2496, 3, 13", "6016, 3, 5", "9000, 3, 3", "40000, 4, 1"})
    @CsvSource({"100000, 5, 1", "4194304, 10, 1"})
    void objectsPerSlab(int objectSize, int order, int objects) {
        SlabLayout layout = Machine.layout(objectSize, 0);

        assertThat(layout.order()).isEqualTo(order);
        assertThat(layout.objectsPerSlab()).isEqualTo(objects);
    }

    @ParameterizedTest(name = "C44: {0} bytes are too large")
    @ValueSource(ints = {4_194_305, 5_000_000, Integer.MAX_VALUE})
    void tooLarge(int objectSize) {
        assertThatThrownBy(() -> Machine.layout(objectSize, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("an object of " + objectSize + " bytes needs a slot of ")
                .hasMessageEndingWith(", but the largest slab, of order 10, has 4194304 (-ENOSYS)");
    }

    @Test
    void debuggingCanMakeAnObjectTooLarge() {
        assertThat(Machine.layout(1 << 22, 0).order()).isEqualTo(10);
        assertThatThrownBy(() -> Machine.layout(1 << 22, SLAB_POISON)).hasMessageContaining("a slot of 4194312,");
    }

    @Test
    void theOrderIsHeldBetweenItsBounds() {
        SlabRequest small = SlabRequest.of(8, new SlabSettings(2, 10, 10, SlabSettings.COMPUTED));
        SlabRequest flat = SlabRequest.of(3000, new SlabSettings(64, 0, 0, SlabSettings.COMPUTED));
        SlabRequest few = SlabRequest.of(512, new SlabSettings(64, 0, 3, 1));

        assertThat(SlabLayout.of(small).objectsPerSlab()).isEqualTo(16_384); // 15 bits count them
        assertThat(SlabLayout.of(flat).order()).isZero();
        assertThat(SlabLayout.of(few).order()).isZero();
    }

    @ParameterizedTest(name = "C45: {0} bytes")
    @CsvSource({"8, 5", "2048, 5", "4095, 6", "4096, 6", "8192, 6", "16384, 7", "65536, 8", "1048576, 10", "4194304, 10"
    })
    void minPartial(int objectSize, int slabs) {
        assertThat(Machine.layout(objectSize, 0).minPartial()).isEqualTo(slabs);
    }

    @ParameterizedTest(name = "C46: {0} bytes")
    @CsvSource({"8, 60", "248, 60", "256, 28", "1016, 28", "1024, 12", "4088, 12", "4096, 4", "1000000, 4"})
    void sheafCapacity(int objectSize, int objects) {
        assertThat(Machine.layout(objectSize, 0).sheafCapacity()).isEqualTo(objects);
        assertThat(Machine.layout(objectSize, SLAB_TRACE).sheafCapacity()).isZero();
        assertThat(Machine.layout(objectSize, SLAB_NOLEAKTRACE).sheafCapacity()).isZero();
    }

    @Test
    @DisplayName("C46: a sheaf can be made larger, not smaller")
    void sheafCapacityThatIsAskedFor() {
        assertThat(SlabLayout.of(Machine.request(256, 0).withSheafCapacity(32)).sheafCapacity())
                .isEqualTo(32);
        assertThat(SlabLayout.of(Machine.request(8, 0).withSheafCapacity(32)).sheafCapacity())
                .isEqualTo(60);
        assertThat(SlabLayout.of(Machine.request(8, SLAB_POISON).withSheafCapacity(32))
                        .sheafCapacity())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"8, 120, 1", "192, 120, 12", "256, 52, 7", "1024, 24, 3", "2048, 24, 3", "4096, 6, 2", "8192, 6, 3"})
    void cpuPartial(int objectSize, int objects, int slabs) {
        SlabLayout layout = Machine.layout(objectSize, 0);

        assertThat(layout.cpuPartialObjects()).isEqualTo(objects);
        assertThat(layout.cpuPartialSlabs()).isEqualTo(slabs);
    }

    @Test
    void debugCachesHaveNoCpuPartialLists() {
        for (int flag : new int[] {SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER, SLAB_TRACE}) {
            assertThat(Machine.layout(64, flag).cpuPartialObjects()).isZero();
            assertThat(Machine.layout(64, flag).cpuPartialSlabs()).isZero();
        }
        assertThat(Machine.layout(64, SLAB_FAILSLAB).cpuPartialObjects()).isEqualTo(120);
    }

    @Test
    void badRequestsAreRefusedByName() {
        SlabRequest request = Machine.request(64, 0);
        SlabRequest rcu = request.withFlags(SLAB_TYPESAFE_BY_RCU);

        assertThatThrownBy(() -> Machine.request(0, 0)).hasMessage("an object has at least 1 byte, not 0");
        assertThatThrownBy(() -> request.withAlign(12))
                .hasMessage("an alignment is 0 or a power of two up to 4194304, not 12");
        assertThatThrownBy(() -> request.withAlign(-8)).hasMessageEndingWith(", not -8");
        assertThatThrownBy(() -> request.withAlign(1 << 23)).hasMessageEndingWith(", not 8388608");
        assertThatThrownBy(() -> request.withFlags(1 << 31)).hasMessage("no flag of a cache has the bits 0x80000000");
        assertThatThrownBy(() -> request.withSheafCapacity(-1)).hasMessage("a sheaf holds 0 to 32768 objects, not -1");
        assertThatThrownBy(() -> request.withFreePointerOffset(8)).hasMessageEndingWith("lie, but 8 is given");
        assertThatThrownBy(() -> rcu.withFreePointerOffset(12))
                .hasMessage(
                        "the 8 bytes of a free pointer lie at a multiple of 8 inside the object of 64 bytes, not at 12");
        assertThatThrownBy(() -> rcu.withFreePointerOffset(64)).hasMessageEndingWith(", not at 64");
        assertThatThrownBy(() -> rcu.withFreePointerOffset(-8)).hasMessageEndingWith(", not at -8");
        assertThatThrownBy(() -> SlabSettings.ofCpus(0)).hasMessage("the number of CPUs is 1 to 1048576, not 0");
        assertThatThrownBy(() -> new SlabSettings(1, 2, 1, 0))
                .hasMessage("the smallest order of a slab is 0 to 1, not 2");
        assertThatThrownBy(() -> new SlabSettings(1, 0, 11, 0))
                .hasMessage("the largest order of a slab is 0 to 10, not 11");
        assertThatThrownBy(() -> new SlabSettings(1, 0, 3, -1))
                .hasMessage("the smallest number of objects in a slab is 0 to 32768, not -1");
    }
}
