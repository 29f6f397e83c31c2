package org.mm4j.percpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Walks all chunks under both locks, and names what is broken. Others may run meanwhile: they wait.
 *
 * <ul>
 * <li>P1: every chunk in the table is on the list of its slot, the reserved one on none, and no other is (S3).
 * <li>P2: a chunk is in the slot that it belongs into (S1, S2).
 * <li>P3: pages with areas in them are populated (C1); the populated and the empty ones are counted (C2, S4).
 * <li>P4: the counts of areas and chunks are right.
 * </ul>
 * What a chunk's map has wrong is found by {@link MapCheck}.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_verify_alloc_info(), which looks at the first chunk only.
 */
final class PercpuCheck {
    private final Chunks chunks;
    private final ChunkSlots slots;
    private final List<String> findings = new ArrayList<>();

    private long areas;
    private long pagesEmpty;
    private long pagesPopulated;
    private int listed;

    PercpuCheck(Chunks chunks) {
        this.chunks = chunks;
        slots = chunks.slots();
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        chunks.mutex().lock();
        chunks.lock().lock();
        try {
            if (!chunks.isClosed()) {
                check();
            }
        } finally {
            chunks.lock().unlock();
            chunks.mutex().unlock();
        }
        return findings;
    }

    private void check() {
        int inTable = 0;
        for (PcpuChunk chunk : chunks.table().all()) {
            if (chunk != null) {
                inTable++;
                checkChunk(chunk);
            }
        }
        checkLists();
        int reserved = chunks.reserved() == null ? 0 : 1;
        expect("P1", "chunks on lists", listed, inTable - reserved);
        expect("P4", "chunks", inTable - reserved, chunks.counts().chunks());
        expect("P4", "areas in use", areas, chunks.counts().allocationsNow());
        expect("P3", "empty populated pages", pagesEmpty, slots.pagesEmpty());
        expect("P3", "populated pages of a unit", pagesPopulated, chunks.pagesPopulated());
    }

    private void checkChunk(PcpuChunk chunk) {
        String name = name(chunk);
        MapCheck map = new MapCheck(chunk.map());
        map.findings().forEach(finding -> findings.add(finding + " of " + name));
        expect("P4", "areas of " + name, map.areas(), chunk.allocations());
        areas += map.areas();

        int empty = 0;
        for (int page = 0; page < chunk.pages(); page++) {
            boolean isEmpty = chunk.map().blocks().get(page).isEmpty();
            boolean isPopulated = chunk.populated().get(page);
            empty += isEmpty && isPopulated ? 1 : 0;
            if (!isEmpty && !isPopulated) {
                findings.add("P3: page " + page + " of " + name + " has areas in it, and is not populated");
            }
        }
        int populated = chunk.populated().count(0, chunk.pages());
        expect("P3", "empty populated pages of " + name, empty, chunk.pagesEmpty());
        expect("P3", "populated pages of " + name, populated, chunk.pagesPopulated());
        countPages(chunk, empty, populated);
        checkSlot(chunk, name);
    }

    private void countPages(PcpuChunk chunk, int empty, int populated) {
        if (chunk.kind() == PcpuChunk.Kind.ORDINARY) {
            pagesPopulated += populated;
        } else if (chunk.kind() == PcpuChunk.Kind.FIRST) {
            pagesPopulated += chunk.startPage() + populated; // what is static or reserved lies in front of it
        }
        if (chunk.kind() != PcpuChunk.Kind.RESERVED && !chunk.isIsolated()) {
            pagesEmpty += empty;
        }
    }

    private void checkSlot(PcpuChunk chunk, String name) {
        int right = slots.slotOf(chunk);
        boolean isRight = switch (chunk.kind()) {
            case RESERVED -> chunk.slot == PcpuChunk.NO_SLOT;
            case FIRST, ORDINARY ->
                chunk.isIsolated()
                        ? chunk.slot == slots.sidelinedSlot() || chunk.slot == slots.toDepopulateSlot()
                        : chunk.slot == right || (chunk.slot == 0 && ChunkSlots.canFailFrom(right));
        };
        if (!isRight) {
            findings.add("P2: " + name + " is in slot " + chunk.slot + ", and belongs into slot " + right
                    + (chunk.isIsolated() ? ", but is isolated" : ""));
        }
    }

    private void checkLists() {
        for (int slot = 0; slot < slots.count(); slot++) {
            for (PcpuChunk chunk = slots.first(slot); chunk != null; chunk = chunk.next) {
                listed++;
                if (chunk.slot != slot) {
                    findings.add(
                            "P1: " + name(chunk) + " is on the list of slot " + slot + ", and says slot " + chunk.slot);
                }
                if (chunks.table().find(chunk.base()) != chunk) {
                    findings.add("P1: " + name(chunk) + " is on the list of slot " + slot + ", and in no table");
                }
            }
        }
    }

    private void expect(String invariant, String what, long walked, long counted) {
        if (walked != counted) {
            findings.add(invariant + ": there are " + walked + " " + what + ", and " + counted + " are counted");
        }
    }

    private static String name(PcpuChunk chunk) {
        return "chunk " + PcpuHandle.format(chunk.base());
    }
}
