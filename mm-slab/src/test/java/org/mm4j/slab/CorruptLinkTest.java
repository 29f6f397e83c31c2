package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A link of a free object that somebody wrote over, in caches that check nothing else. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.mm4j.slab.EngineKind#present")
class CorruptLinkTest {
    private final EngineKind engine;

    CorruptLinkTest(EngineKind engine) {
        this.engine = engine;
    }

    private TestSlabs slabs(SlabConfig config) {
        return new TestSlabs(engine.over(config));
    }

    @Test
    void aCorruptLinkIsNotFollowed() {
        for (boolean isHardened : new boolean[] {true, false}) {
            TestSlabs own = slabs(SlabConfig.ofCpus(1).withFreelists(isHardened, true));
            KmemCache things = own.create("things", 64);
            long object = things.alloc(GFP_KERNEL);
            things.free(object);
            things.engine().flush();
            own.setWord(object + things.layout().freePointerOffset(), 0x4141414141414141L);
            Set<Long> seen = new HashSet<>();
            for (int count = 0; count < 200; count++) {
                assertThat(seen.add(things.alloc(GFP_KERNEL))).isTrue();
            }
            assertThat(seen).contains(object);
            assertThat(own.log.lines()).singleElement().asString().contains("Freepointer corrupt");
            assertThat(own.slabs.validate()).as("the objects that are lost").isNotEmpty();
        }
    }

    @Test
    void aLinkToAnObjectThatSomebodyHasIsNotFollowed() {
        TestSlabs own = slabs(SlabConfig.ofCpus(1).withFreelists(false, false));
        KmemCache things = own.create("things", 64);
        long first = things.alloc(GFP_KERNEL);
        long second = things.alloc(GFP_KERNEL);
        things.free(second);
        things.engine().flush();
        Slab slab = Objects.requireNonNull(own.slabs.parts().frames().find(first));
        own.setWord(
                second + things.layout().freePointerOffset(), things.memory().number(slab, first));
        assertThat(take(things, 100)).contains(second).doesNotContain(first).doesNotHaveDuplicates();
        assertThat(own.log.lines()).singleElement().asString().contains("Freepointer corrupt");
    }

    private static List<Long> take(KmemCache from, int count) {
        List<Long> objects = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            objects.add(from.alloc(GFP_KERNEL));
        }
        return objects;
    }
}
