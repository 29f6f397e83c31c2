package org.mm4j.buddy;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Moves one block that somebody can move into another one.
 *
 * <p>In Linux 6.18: mm/migrate.c, migrate_pages(), move_to_new_folio().
 */
final class Migration {
    /** The owner's, and that of whoever moves it. */
    static final int REFERENCES_OF_OWNER_AND_MOVER = 2;

    private final MemMap map;
    private final References references;
    private final MovableOwners owners;
    private final LongAdder moved = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile FrameBooks books = FrameBooks.NONE;

    Migration(MemMap map, References references, MovableOwners owners) {
        this.map = map;
        this.references = references;
        this.owners = owners;
    }

    void setBooks(FrameBooks next) {
        books = next;
    }

    /** Whether a block may move: its owner says so, and nobody else holds it. */
    static boolean mayMove(long word) {
        return FrameWord.state(word) == FrameWord.IN_USE
                && FrameWord.owner(word) != 0
                && FrameWord.references(word) == 1;
    }

    /** Whether somebody has registered who could move something. */
    boolean hasOwners() {
        return owners.count() > 0;
    }

    /** What the owner of a block that can move calls itself; empty if it cannot. */
    String ownerOf(long word) {
        int number = FrameWord.owner(word);
        return number == 0 ? "" : owners.owner(number).name();
    }

    /** Takes a reference on a block that may move, so that it stays what it is; false: it has changed. */
    boolean hold(int frame) {
        if (!references.tryGet(map.pfn(frame))) {
            return false;
        }
        long word = map.wordOpaque(frame);
        boolean isHeld = FrameWord.state(word) == FrameWord.IN_USE
                && FrameWord.owner(word) != 0
                && FrameWord.references(word) == REFERENCES_OF_OWNER_AND_MOVER;
        if (!isHeld) {
            drop(frame);
        }
        return isHeld;
    }

    /** Drops the caller's reference on a block. The owner may have given his back meanwhile, so it may be the last. */
    void drop(int frame) {
        if (!books.putPage(map.pfn(frame))) {
            references.put(map.pfn(frame));
        }
    }

    /**
     * Drops the caller's reference on a block, and frees it into its zone, past the page caches, if it was the last.
     *
     * @param request whose block it may become when it has merged; null: nobody's
     */
    void letGo(int frame, Zone zone, @Nullable CompactRequest request) {
        if (books.putPage(map.pfn(frame))) {
            return;
        }
        int order = references.dropLast(map.pfn(frame));
        if (order != FreeAreas.NONE) {
            zone.freeFor(frame, order, request);
        }
    }

    /**
     * Moves a block. The caller holds both: the old one by {@link #hold}, the new one with the only reference. When it has
     * moved, the new block is the owner's, and the old one has only the caller's reference, if nobody else came meanwhile;
     * if not, both are as they were.
     *
     * <p>The new block has a second reference until its owner has moved in, so that nobody asks for it.
     */
    boolean move(int from, int to, int order) {
        int number = FrameWord.owner(map.wordOpaque(from));
        if (number == 0) {
            return false;
        }
        long fromPfn = map.pfn(from);
        long toPfn = map.pfn(to);
        references.tryGet(toPfn);
        references.setOwner(toPfn, number);
        books.moving(fromPfn, toPfn, order);
        boolean isMoved = false;
        try {
            isMoved = owners.owner(number).migratePage(fromPfn, toPfn, order);
        } finally {
            books.left(isMoved ? fromPfn : toPfn, order);
            if (isMoved) {
                references.setOwner(fromPfn, 0); // others may hold it still, and nobody is asked for it again
                references.put(fromPfn);
            } else {
                references.setOwner(toPfn, 0);
            }
            drop(to);
            (isMoved ? moved : refused).increment();
        }
        return isMoved;
    }

    MigrationCounts counts() {
        return new MigrationCounts(moved.sum(), refused.sum());
    }
}
