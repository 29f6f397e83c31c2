package org.mm4j.slab;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PhysicalMemory;

/**
 * Which slab each frame belongs to: from any address to its slab in two loads. Sections of the table are made when the
 * first slab lies in them.
 *
 * <pre>
 *   sections   | 0 | - | 2 | - | ...            32768 frames, 128 MiB each
 *                |
 *                `--&gt; | - | - | slab | slab | - | ...       one reference a frame
 * </pre>
 *
 * <p>In Linux 6.18: virt_to_slab().
 */
final class SlabFrames {
    private static final int SECTION_SHIFT = 15;
    private static final int SECTION_FRAMES = 1 << SECTION_SHIFT;

    private static final VarHandle SECTION = MethodHandles.arrayElementVarHandle(Slab[][].class);
    private static final VarHandle SLAB = MethodHandles.arrayElementVarHandle(Slab[].class);

    private final long baseAddress;
    private final long bytes;
    private final @Nullable Slab[] @Nullable [] sections;

    /** Pages of slabs that are here no more, but wait for a grace period. */
    private final AtomicLong pagesWaiting = new AtomicLong();

    SlabFrames(PhysicalMemory memory) {
        baseAddress = memory.directMapAddress();
        bytes = memory.bytes();
        long frames = bytes >>> PAGE_SHIFT;
        sections = new Slab[(int) ((frames + SECTION_FRAMES - 1) >>> SECTION_SHIFT)][];
    }

    /** The slab in whose pages an address lies; null: in none. */
    @Nullable
    Slab find(long address) {
        long offset = address - baseAddress;
        if (offset < 0 || offset >= bytes) {
            return null;
        }
        long frame = offset >>> PAGE_SHIFT;
        @Nullable Slab @Nullable [] section = sectionAcquire((int) (frame >>> SECTION_SHIFT));
        return section == null ? null : slabAcquire(section, (int) frame & (SECTION_FRAMES - 1));
    }

    /** The section that holds a frame; it is made if need be. */
    @Nullable
    Slab[] section(long pfn) {
        int index = (int) (pfn >>> SECTION_SHIFT);
        @Nullable Slab @Nullable [] section = sectionAcquire(index);
        if (section == null) {
            @Nullable Slab[] made = new Slab[SECTION_FRAMES];
            if (casSection(index, made)) {
                return made;
            }
            section = Objects.requireNonNull(sectionAcquire(index), "sections stay");
        }
        return section;
    }

    /** Makes a slab's frames lead to it. A block lies in one section, as it is aligned to its size. */
    void add(Slab slab, @Nullable Slab[] section) {
        set(slab, section, slab);
    }

    /** Makes a slab's frames lead nowhere. */
    void remove(Slab slab) {
        set(slab, section(slab.pfn), null);
    }

    private static void set(Slab slab, @Nullable Slab[] section, @Nullable Slab value) {
        int first = (int) slab.pfn & (SECTION_FRAMES - 1);
        for (int page = 0; page < 1 << slab.order; page++) {
            setSlabRelease(section, first + page, value); // [slabframes.R1] publishes the slab's fields
        }
    }

    // What has left.

    /** Pages of a slab that was removed begin or end to wait for a grace period. */
    void addWaiting(long pages) {
        pagesWaiting.getAndAdd(pages);
    }

    long pagesWaiting() {
        return pagesWaiting.get();
    }

    /** Shows every slab. Racy. */
    void forEachSlab(Consumer<Slab> visitor) {
        for (int index = 0; index < sections.length; index++) {
            @Nullable Slab @Nullable [] section = sectionAcquire(index);
            for (int at = 0; section != null && at < section.length; at++) {
                Slab slab = slabAcquire(section, at);
                if (slab != null && at == ((int) slab.pfn & (SECTION_FRAMES - 1))) {
                    visitor.accept(slab);
                }
            }
        }
    }

    private @Nullable Slab @Nullable [] sectionAcquire(int index) {
        return (Slab[])
                SECTION.getAcquire(sections, index); // [slabframes.A2] pairs with [slabframes.R2] in casSection()
    }

    private boolean casSection(int index, @Nullable Slab[] section) {
        return SECTION.compareAndSet(sections, index, null, section); // [slabframes.R2] publishes an empty section
    }

    private static @Nullable Slab slabAcquire(@Nullable Slab[] section, int at) {
        return (Slab) SLAB.getAcquire(section, at); // [slabframes.A1] pairs with [slabframes.R1] in set()
    }

    private static void setSlabRelease(@Nullable Slab[] section, int at, @Nullable Slab slab) {
        SLAB.setRelease(section, at, slab);
    }
}
