package org.mm4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mm4j.slab.CacheMerge;
import org.mm4j.slab.SlabFlags;
import org.mm4j.slab.SlabLayout;

/**
 * What {@code mm geometry} prints, under the names of its {@code --json}. Bytes where nothing else is said; offsets count
 * from the object.
 *
 * @param objectSize what the caller may use
 * @param align what the objects' addresses are multiples of
 * @param flags as the kernel names them
 * @param ctor whether objects have a constructor
 * @param cpus CPUs of the machine
 * @param slabSize from one object to the next; the kernel's name for it
 * @param order order of a slab
 * @param objsPerSlab objects of a slab
 * @param cpuPartial free objects that a CPU keeps
 * @param minPartial slabs that a node keeps, empty ones included
 * @param freePointerOffset where a free object has the link to the next one
 * @param inuse end of the object and its right red zone
 * @param redLeftPad left red zone, from the slot's begin to the object
 * @param userOffset where the users are remembered, or -1
 * @param minOrder order of a slab when memory is short
 * @param minObjsPerSlab objects of such a slab
 * @param cpuPartialSlabs slabs that a CPU keeps
 * @param sheafCapacity objects of a sheaf, where the engine has sheaves
 * @param restBytes what is left over at the end of a slab
 * @param mergeId the name under which it may be merged with others; absent when it stays alone
 */
record GeometryFigures(
        int objectSize,
        int align,
        String flags,
        boolean ctor,
        int cpus,
        int slabSize,
        int order,
        int objsPerSlab,
        int cpuPartial,
        int minPartial,
        int freePointerOffset,
        int inuse,
        int redLeftPad,
        int userOffset,
        int minOrder,
        int minObjsPerSlab,
        int cpuPartialSlabs,
        int sheafCapacity,
        int restBytes,
        @Nullable String mergeId) {
    /** The figures of a layout. */
    static GeometryFigures of(SlabLayout layout) {
        return new GeometryFigures(
                layout.objectSize(),
                layout.align(),
                SlabFlags.format(layout.flags()),
                layout.request().hasCtor(),
                layout.request().settings().cpus(),
                layout.size(),
                layout.order(),
                layout.objectsPerSlab(),
                layout.cpuPartialObjects(),
                layout.minPartial(),
                layout.freePointerOffset(),
                layout.inuse(),
                layout.redLeftPad(),
                layout.userOffset(),
                layout.minOrder(),
                layout.minOrderObjects(),
                layout.cpuPartialSlabs(),
                layout.sheafCapacity(),
                layout.restBytes(),
                CacheMerge.isMergeable(layout.request()) ? CacheMerge.id(layout) : null);
    }

    /** The slot as a table, the slab and its lists as sentences. */
    String render() {
        return """
                Objects of %d bytes, aligned to %d; flags %s%s, CPUs %d.

                A slot has %d bytes:
                %s
                A slab has %d %s, order %d: %d objects, %d bytes left over. When memory is short: order %d, %d objects.
                A CPU keeps %d free objects, %d slabs (cpu_partial); with sheaves, %d objects each.
                A node keeps %d slabs, empty ones included (min_partial).
                %s
                """.formatted(
                        objectSize,
                        align,
                        flags,
                        ctor ? ", a constructor" : "",
                        cpus,
                        slabSize,
                        slot(),
                        1 << order,
                        order == 0 ? "page" : "pages",
                        order,
                        objsPerSlab,
                        restBytes,
                        minOrder,
                        minObjsPerSlab,
                        cpuPartial,
                        cpuPartialSlabs,
                        sheafCapacity,
                        minPartial,
                        mergeId == null ? "It is never merged with other caches." : "Merged caches: " + mergeId);
    }

    private String slot() {
        List<Stream<?>> rows = new ArrayList<>();
        boolean outside = freePointerOffset >= inuse;
        boolean redZone = redLeftPad > 0;
        int users = userOffset < 0 ? 0 : 2 * SlabLayout.USER_BYTES;
        int end = inuse + (outside ? SlabLayout.WORD_BYTES : 0) + users;
        row(rows, "left red zone", -redLeftPad, redLeftPad);
        row(rows, "object", 0, objectSize);
        row(rows, redZone ? "right red zone" : "padding", objectSize, inuse - objectSize);
        row(rows, "free pointer, behind the object", inuse, outside ? SlabLayout.WORD_BYTES : 0);
        row(rows, "users: last allocation, last free", userOffset, users);
        row(rows, "padding and guard", end, slabSize - redLeftPad - end);
        if (!outside) {
            row(rows, "free pointer, inside while free", freePointerOffset, SlabLayout.WORD_BYTES);
        }
        return Columns.render(Stream.of("what", "offset", "bytes"), rows.stream());
    }

    private static void row(List<Stream<?>> rows, String what, int offset, int bytes) {
        if (bytes > 0) {
            rows.add(Stream.of(what, offset, bytes));
        }
    }
}
