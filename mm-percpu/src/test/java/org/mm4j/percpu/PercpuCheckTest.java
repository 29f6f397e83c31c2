package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each invariant, broken on purpose, is named. */
class PercpuCheckTest {
    private final Machine machine = Machine.small(2);
    private final Chunks chunks = new Chunks(
            PercpuConfig.of(2).withFirstUnits(0, 4096, 0), new DirectPercpuMemory(machine.buddy, machine.memory));
    private final PcpuChunk first = chunks.first();

    @AfterEach
    void close() {
        chunks.close();
        machine.close();
    }

    private List<String> findings() {
        return new PercpuCheck(chunks).findings();
    }

    private void assertFound(String... beginnings) {
        List<String> findings = findings();
        for (String beginning : beginnings) {
            assertThat(findings).anyMatch(finding -> finding.startsWith(beginning));
        }
    }

    @Test
    void whatIsWholeHasNoFindings() {
        assertThat(findings()).isEmpty();
    }

    @Test
    void p1AChunkIsOnTheListItSays() {
        int slot = first.slot;
        first.slot = 3;
        assertFound("P1: chunk 0x4000400000 is on the list of slot " + slot + ", and says slot 3", "P2: ");
        first.slot = slot;
        chunks.slots().remove(first);
        assertFound("P1: there are 0 chunks on lists, and 1 are counted");
    }

    @Test
    void p2AChunkIsWhereItBelongs() {
        chunks.slots().sideline(first);
        assertFound("P2: chunk 0x4000400000 is in slot 14, and belongs into slot 12");
        chunks.slots().isolate(first);
        assertThat(findings()).isEmpty();
        chunks.slots().reintegrate(first);
        assertThat(findings()).isEmpty();
    }

    @Test
    void p2TheReservedChunkIsInNoSlot() {
        PcpuChunk reserved = Objects.requireNonNull(chunks.reserved());
        reserved.slot = 1;
        assertFound("P2: chunk 0x4000000000 is in slot 1");
        reserved.slot = PcpuChunk.NO_SLOT;
    }

    @Test
    void p3PagesAreCounted() {
        first.setDepopulated(4, 5);
        assertFound(
                "P3: there are 4 empty populated pages, and 5 are counted",
                "P3: there are 5 populated pages of a unit, and 6 are counted");
        first.setPopulated(4, 5);
        chunks.take(first, 0, 10);
        first.setDepopulated(0, 1);
        assertFound("P3: page 0 of chunk 0x4000400000 has areas in it, and is not populated");
    }

    @Test
    void p4AreasAreCounted() {
        first.take(0, 10);
        assertFound("P4: there are 1 areas in use, and 0 are counted");
    }

    @Test
    void findingsOfMapsNameTheirChunk() {
        first.map().hints().setFirstFree(5);
        assertFound("H1: bit 0 is the first free one of the chunk, and it remembers 5; the map of chunk 0x4000400000");
    }
}
