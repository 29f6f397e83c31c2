package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.mm4j.api.PageFrame;

/**
 * What a debug cache has found broken and what it did about it: lines for the log, in the kernel's words, and how many
 * errors they tell of. Every line that begins with {@code BUG} or {@code FIX} is one error. Lines are gathered under a
 * node's lock, and logged after it.
 *
 * <p>In Linux 6.18: mm/slub.c, slab_bug(), slab_fix(), object_err(), slab_err(), print_trailer(). Differs: the title of a
 * report names the bytes that were overwritten, where the kernel says "Object corrupt"; objects are dumped to
 * {@value #DUMP_BYTES} bytes.
 */
final class BugReport {
    private static final int DUMP_BYTES = 64;
    private static final int DUMP_LINE_BYTES = 16;

    private final String name;
    private final ObjectMemory memory;
    private final SlabLayout layout;
    private final ObjectUsers users;

    private List<String> lines = List.of();
    private int errors;

    BugReport(KmemCache cache, ObjectUsers users) {
        name = cache.name();
        memory = cache.memory();
        layout = cache.layout();
        this.users = users;
    }

    /** Something of a slab is wrong. */
    void slabBug(Slab slab, String title) {
        add("BUG " + name + " (Not tainted): " + title);
        errors++;
        long word = slab.wordAcquire();
        add("Slab 0x" + Long.toHexString(memory.baseAddress() + begin(slab)) + " objects=" + slab.objects + " used="
                + SlabWord.inuse(word) + " fp=" + pointer(slab, SlabWord.freelist(word))
                + (SlabWord.isFrozen(word) ? " frozen" : ""));
    }

    /** Something of an object is wrong. */
    void objectBug(Slab slab, int object, String title) {
        slabBug(slab, title);
        users.describe(slab, object).forEach(this::add);
        int next = memory.next(slab, object);
        add("Object " + pointer(slab, object) + " @offset=" + (memory.start(slab, object) - begin(slab)) + " fp="
                + (next == ObjectMemory.CORRUPT ? "corrupt" : pointer(slab, next)));
        if (layout.redLeftPad() > 0) {
            dump("Redzone  ", memory.start(slab, object) - layout.redLeftPad(), layout.redLeftPad());
        }
        dump("Object   ", memory.start(slab, object), layout.objectSize());
        if (layout.inuse() > layout.objectSize()) {
            dump("Redzone  ", memory.start(slab, object) + layout.objectSize(), layout.inuse() - layout.objectSize());
        }
    }

    /** More about the bug before. */
    void add(String line) {
        if (lines.isEmpty()) {
            lines = new ArrayList<>();
        }
        lines.add(line);
    }

    /** What was done about it. */
    void fix(String what) {
        add("FIX " + name + ": " + what);
        errors++;
    }

    /** How many errors there were since the last {@link #take}. */
    int errors() {
        return errors;
    }

    /** The lines; there are none from now on. */
    List<String> take() {
        List<String> taken = lines;
        lines = List.of();
        errors = 0;
        return taken;
    }

    String pointer(Slab slab, int object) {
        return object <= 0 ? "0x0" : address(memory.start(slab, object));
    }

    String address(long place) {
        return "0x" + Long.toHexString(memory.baseAddress() + place);
    }

    static long begin(Slab slab) {
        return slab.pfn << PageFrame.PAGE_SHIFT;
    }

    private void dump(String what, long place, int bytes) {
        int end = Math.min(bytes, DUMP_BYTES);
        for (int from = 0; from < end; from += DUMP_LINE_BYTES) {
            StringBuilder line = new StringBuilder(what)
                    .append(' ')
                    .append(address(place + from))
                    .append(':');
            for (int at = from; at < Math.min(end, from + DUMP_LINE_BYTES); at++) {
                line.append(String.format(Locale.ROOT, " %02x", memory.segment().get(JAVA_BYTE, place + at) & 0xff));
            }
            add(line.toString());
        }
    }
}
