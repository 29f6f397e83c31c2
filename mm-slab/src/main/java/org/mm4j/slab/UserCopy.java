package org.mm4j.slab;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.BadObjectException;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageFrame;

/**
 * The part of a cache's objects that may be copied to and from user space, and what is said of a copy of anything else.
 *
 * <pre>
 *   object   | kernel's own | may be copied        | kernel's own |
 *            0           offset              offset + bytes
 * </pre>
 *
 * <p>Immutable. In Linux 6.18: mm/usercopy.c, __check_object_size(), usercopy_abort(); mm/slub.c, __check_heap_object().
 * Differs: a bad copy is refused by an exception, where the kernel ends the task; so is one of an object that is free.
 */
final class UserCopy {
    private final KmemCache cache;
    private final int offset;
    private final int bytes;

    UserCopy(KmemCache cache, KmemCacheArgs args) {
        this.cache = cache;
        offset = args.usercopyOffset();
        bytes = args.usercopySize();
    }

    /** How long the part is; 0: there is none. */
    int bytes() {
        return bytes;
    }

    /** Checks a copy of 1 byte or more at an address that lies in a slab, of whatever cache, or in none. */
    void checkOwn(@Nullable Slab slab, long address, long copied, boolean toUser) {
        checkRange(cache.reports().log(), address, copied, toUser);
        if (slab == null || slab.cache != cache) {
            throw cache.reports().bad(address, slab);
        }
        check(slab, address, copied, toUser);
    }

    /** Checks a copy of 1 byte or more of one of the cache's slabs. */
    void check(Slab slab, long address, long copied, boolean toUser) {
        SlabLayout layout = cache.layout();
        long place = address - cache.memory().address(slab.pfn << PageFrame.PAGE_SHIFT);
        long within = place % layout.size() - layout.redLeftPad();
        long object = place / layout.size() + 1;
        if (object > slab.objects) {
            throw refused(address, "SLUB object not in SLUB page?!", toUser, 0, copied);
        }
        if (within < 0) {
            long fromSlot = within + layout.redLeftPad();
            throw refused(address, named("SLUB object in left red zone"), toUser, fromSlot, copied);
        }
        if (slab.isFree((int) object)) {
            throw refused(address, named("SLUB object that is free"), toUser, within, copied);
        }
        if (within < offset || copied > (long) offset + bytes - within) {
            throw refused(address, named("SLUB object"), toUser, within, copied);
        }
    }

    private String named(String what) {
        return what + " '" + cache.name() + "'";
    }

    private BadObjectException refused(long address, String what, boolean toUser, long place, long copied) {
        return refused(cache.reports().log(), address, what, toUser, place, copied);
    }

    /** Checks that there are such addresses at all. */
    static void checkRange(KernelLog log, long address, long copied, boolean toUser) {
        if (copied < 0 || Long.compareUnsigned(address + copied - 1, address) < 0) {
            throw refused(log, address, "wrapped address", toUser, 0, address + copied);
        }
        if (Kmalloc.isZeroOrNull(address)) {
            throw refused(log, address, "null address", toUser, address, copied);
        }
    }

    /** Logs and returns why a copy is refused. In Linux: usercopy_abort(). */
    static BadObjectException refused(
            KernelLog log, long address, String what, boolean toUser, long place, long copied) {
        String sentence = "usercopy: Kernel memory " + (toUser ? "exposure" : "overwrite") + " attempt detected "
                + (toUser ? "from " : "to ") + what + " (offset " + Long.toUnsignedString(place) + ", size "
                + Long.toUnsignedString(copied) + ")!";
        log.warn(sentence);
        return new BadObjectException(address, sentence);
    }
}
