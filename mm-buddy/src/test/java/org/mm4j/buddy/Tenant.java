package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.mm4j.api.LockRank;
import org.mm4j.api.MovableOwner;

/** An owner that keeps a word in each of its blocks, and takes it along when it moves. */
final class Tenant implements MovableOwner {
    record Move(long from, long to, int order) {}

    final Map<Long, String> words = new ConcurrentHashMap<>();
    final List<Move> moves = new CopyOnWriteArrayList<>();
    private final Machine machine;
    private final int number;

    Tenant(Machine machine) {
        this.machine = machine;
        number = machine.allocator.registerOwner(this);
    }

    /** Moves into a block that is in use. */
    void settle(long pfn) {
        machine.allocator.setMovable(pfn, number);
        words.put(pfn, "was at " + pfn);
    }

    /** What happens while a block moves; true: it moves. */
    private MovableOwner mood = (_, _, _) -> true;

    void mood(MovableOwner next) {
        mood = next;
    }

    @Override
    public boolean migratePage(long fromPfn, long toPfn, int order) {
        assertThat(LockRank.ZONE.isHeld()).as("zone lock held while moving").isFalse();
        assertThat(words).as("blocks of this owner").containsKey(fromPfn);
        moves.add(new Move(fromPfn, toPfn, order));
        boolean moved = mood.migratePage(fromPfn, toPfn, order);
        if (moved) {
            words.put(toPfn, words.remove(fromPfn));
        }
        return moved;
    }
}
