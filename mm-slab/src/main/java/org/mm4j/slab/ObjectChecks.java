package org.mm4j.slab;

import static org.mm4j.slab.ObjectPatterns.POISON_END;
import static org.mm4j.slab.ObjectPatterns.POISON_FREE;
import static org.mm4j.slab.ObjectPatterns.POISON_INUSE;
import static org.mm4j.slab.ObjectPatterns.RED_ACTIVE;
import static org.mm4j.slab.ObjectPatterns.RED_INACTIVE;

import java.util.Locale;
import org.mm4j.api.PageFrame;

/**
 * Looks whether an object or a slab of a debug cache is as it should be, reports what is not, and repairs it. The caller
 * holds the lock of the slab's node.
 *
 * <p>In Linux 6.18: mm/slub.c, check_object(), check_slab(), on_freelist(), check_bytes_and_report(), validate_slab().
 * Differs: a link that leads to an object which somebody has is noticed, where the kernel would overwrite the object.
 */
final class ObjectChecks {
    private final SlabLayout layout;
    private final ObjectMemory memory;
    private final ObjectPatterns patterns;
    private final boolean hasRedZones;
    private final boolean hasPoison;

    ObjectChecks(SlabLayout layout, ObjectMemory memory, ObjectPatterns patterns) {
        this.layout = layout;
        this.memory = memory;
        this.patterns = patterns;
        hasRedZones = SlabFlags.has(layout.flags(), SlabFlags.SLAB_RED_ZONE);
        hasPoison = SlabFlags.has(layout.flags(), SlabFlags.SLAB_POISON);
    }

    // Whole slabs.

    /** Everything about a slab; of several bad objects only the first. In Linux: validate_slab(). */
    void validate(Slab slab, BugReport report) {
        if (!slab(slab, report) || !freelist(slab, report)) {
            return;
        }
        boolean[] isFree = free(slab);
        for (int object = 1; object <= slab.objects; object++) {
            boolean isNobodys = !isFree[object] && slab.isFree(object); // lost, or on its way back and checked there
            if (!isNobodys && !object(slab, object, isFree[object], report)) {
                return;
            }
        }
    }

    /** The counts of a slab and its rest. False when the slab cannot be used. */
    boolean slab(Slab slab, BugReport report) {
        long word = slab.wordAcquire();
        int objectsMax = LayoutRules.objects(slab.order, layout.size());
        if (slab.objects > objectsMax) {
            report.slabBug(slab, "objects " + slab.objects + " > max " + objectsMax);
            return false;
        }
        if (SlabWord.inuse(word) > slab.objects) {
            report.slabBug(slab, "inuse " + SlabWord.inuse(word) + " > max " + slab.objects);
            return false;
        }
        if (SlabWord.isFrozen(word)) {
            report.slabBug(slab, "Slab disabled since SLUB metadata consistency check failed");
            return false;
        }
        rest(slab, report);
        return true;
    }

    /** What no object covers. In Linux: slab_pad_check(). */
    private void rest(Slab slab, BugReport report) {
        long end = BugReport.begin(slab) + (PageFrame.PAGE_SIZE << slab.order);
        long begin = BugReport.begin(slab) + (long) LayoutRules.objects(slab.order, layout.size()) * layout.size();
        long fault = hasPoison ? patterns.firstOther(begin, end, POISON_INUSE) : end;
        if (fault == end) {
            return;
        }
        long last = patterns.endOfOthers(fault, end, POISON_INUSE) - 1;
        report.slabBug(
                slab,
                "Padding overwritten. " + report.address(fault) + "-" + report.address(last) + " @offset="
                        + (fault - BugReport.begin(slab)));
        restore("slab padding", fault, last, POISON_INUSE, report);
    }

    /** Walks the freelist: its links, and whether it is as long as the slab's count says. In Linux: on_freelist(). */
    boolean freelist(Slab slab, BugReport report) {
        int length = 0;
        int before = 0;
        int object = SlabWord.freelist(slab.wordAcquire());
        while (object > 0 && length <= slab.objects) {
            length++;
            before = object;
            object = memory.next(slab, object);
        }
        if (object == ObjectMemory.CORRUPT) {
            report.objectBug(slab, before, "Freechain corrupt");
            memory.setNext(slab, before, 0);
        } else if (object != 0) {
            report.slabBug(slab, "Freelist cycle detected");
            clear(slab, report);
            return false;
        }
        count(slab, slab.objects - length, report);
        return true;
    }

    /** Nobody can tell which objects are free: none is. */
    private static void clear(Slab slab, BugReport report) {
        long word = slab.wordAcquire();
        slab.objectsLost += SlabWord.free(word);
        set(slab, word, SlabWord.taken(word, false));
        report.fix("Freelist cleared");
    }

    private static void count(Slab slab, int inuse, BugReport report) {
        long word = slab.wordAcquire();
        int counted = SlabWord.inuse(word);
        if (counted != inuse) {
            report.slabBug(slab, "Wrong object count. Counter is " + counted + " but counted were " + inuse);
            slab.objectsLost += inuse - counted;
            set(slab, word, SlabWord.recounted(word, inuse));
            report.fix("Object count adjusted");
        }
    }

    /** Which objects are on the freelist, which is in order. */
    private boolean[] free(Slab slab) {
        boolean[] isFree = new boolean[slab.objects + 1];
        int object = SlabWord.freelist(slab.wordAcquire());
        while (object > 0) {
            isFree[object] = true;
            object = memory.next(slab, object);
        }
        return isFree;
    }

    /** Under the lock only its holder changes a debug cache's words. */
    static void set(Slab slab, long word, long next) {
        boolean isSet = slab.casWord(word, next);
        assert isSet : slab + " was changed without the lock";
    }

    // One object.

    /** All bytes of an object that are not its owner's. False when some were wrong; then they are right now. */
    boolean object(Slab slab, int object, boolean isFree, BugReport report) {
        int before = report.errors(); // each kind is looked at, whatever the others are like
        if (hasRedZones) {
            redZones(slab, object, isFree, report);
        } else if (hasPoison) {
            bytes(slab, object, "Alignment padding", layout.objectSize(), layout.inuse(), POISON_INUSE, report);
        }
        if (hasPoison) {
            poison(slab, object, isFree, report);
        }
        link(slab, object, isFree, report);
        return report.errors() == before;
    }

    private void redZones(Slab slab, int object, boolean isFree, BugReport report) {
        int red = isFree ? RED_INACTIVE : RED_ACTIVE;
        int end = layout.objectSize();
        bytes(slab, object, "Left Redzone", -layout.redLeftPad(), 0, red, report);
        bytes(slab, object, "Right Redzone", end, layout.inuse(), red, report);
        int original = isFree ? end : patterns.originalSize(slab, object);
        bytes(slab, object, "kmalloc Redzone", original, end, red, report);
    }

    private void poison(Slab slab, int object, boolean isFree, BugReport report) {
        int last = layout.objectSize() - 1;
        if (isFree && layout.poisonsObjects()) {
            bytes(slab, object, "Poison", 0, last, POISON_FREE, report);
            bytes(slab, object, "End Poison", last, last + 1, POISON_END, report);
        }
        int end = layout.size() - layout.redLeftPad();
        bytes(slab, object, "Object padding", layout.metadataEnd(), end, POISON_INUSE, report);
    }

    /** The link behind an object that somebody has is what it was when it was free. */
    private void link(Slab slab, int object, boolean isFree, BugReport report) {
        boolean isGood = isFree
                ? memory.next(slab, object) != ObjectMemory.CORRUPT
                : !layout.isFreePointerOutside() || memory.hasLink(slab, object);
        if (!isGood) {
            report.objectBug(slab, object, "Freepointer corrupt");
            memory.setNext(slab, object, 0); // the objects behind it are lost
        }
    }

    /** Looks at the bytes from and to an offset of the object. */
    private void bytes(Slab slab, int object, String what, int from, int to, int value, BugReport report) {
        long begin = memory.start(slab, object) + from;
        long end = memory.start(slab, object) + to;
        long fault = patterns.firstOther(begin, end, value);
        if (fault >= end) {
            return;
        }
        long last = patterns.endOfOthers(fault, end, value) - 1;
        report.objectBug(slab, object, what + " overwritten");
        report.add(String.format(
                Locale.ROOT,
                "[%s overwritten] %s-%s @offset=%d. First byte 0x%x instead of 0x%x",
                what,
                report.address(fault),
                report.address(last),
                fault - BugReport.begin(slab),
                patterns.at(fault),
                value));
        restore(what, fault, last, value, report);
    }

    private void restore(String what, long from, long last, int value, BugReport report) {
        report.fix("Restoring " + what + " " + report.address(from) + "-" + report.address(last) + "=0x"
                + Integer.toHexString(value));
        patterns.fill(from, (int) (last - from + 1), value);
    }
}
