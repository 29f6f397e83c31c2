package org.mm4j.buddy;

import static org.mm4j.api.PageFrame.PAGEBLOCK_ORDER;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.mm4j.api.MigrateType;

/**
 * The migrate type of each pageblock, one byte. Types change under the zone lock; they may be read without it.
 *
 * <pre>
 *    7   5 4 3 2       0
 *   +-----+-+-+---------+
 *   |     |o|i|  type   |    i = isolated: nobody may take free pages of the block; the type stays
 *   +-----+-+-+---------+    o = offline: the block has no pages, and is isolated too
 * </pre>
 *
 * <p>In Linux 6.18: pageblock_flags, include/linux/pageblock-flags.h.
 */
final class PageBlocks {
    private static final VarHandle FLAGS = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final int TYPE_MASK = 7;
    private static final int ISOLATED_BIT = 8;
    private static final int OFFLINE_BIT = 16;
    private static final int ISOLATE = MigrateType.ISOLATE.ordinal();

    private final byte[] flags;

    /** The blocks of {@code frames} frames, all of one type. */
    PageBlocks(int frames, int type) {
        flags = new byte[frames >> PAGEBLOCK_ORDER];
        Arrays.fill(flags, (byte) type);
    }

    /** The type of the block that holds the frame; ISOLATE while it is isolated. */
    int type(int frame) {
        int flag = flagsOpaque(frame >> PAGEBLOCK_ORDER);
        return (flag & ISOLATED_BIT) != 0 ? ISOLATE : flag & TYPE_MASK;
    }

    /** The type that the block has when it is not isolated. */
    int typeBeneathIsolation(int frame) {
        return flagsOpaque(frame >> PAGEBLOCK_ORDER) & TYPE_MASK;
    }

    boolean isIsolated(int frame) {
        return (flagsOpaque(frame >> PAGEBLOCK_ORDER) & ISOLATED_BIT) != 0;
    }

    /** Gives the block that holds the frame another type. */
    void setType(int frame, int type) {
        int block = frame >> PAGEBLOCK_ORDER;
        setFlagsOpaque(block, (flagsOpaque(block) & ~TYPE_MASK) | type);
    }

    /** Gives all blocks of a block of at least pageblock order another type. In Linux: change_pageblock_range(). */
    void setTypes(int frame, int order, int type) {
        for (int block = frame; block < frame + (1 << order); block += 1 << PAGEBLOCK_ORDER) {
            setType(block, type);
        }
    }

    void setIsolated(int frame, boolean isolated) {
        int block = frame >> PAGEBLOCK_ORDER;
        int others = flagsOpaque(block) & ~ISOLATED_BIT;
        setFlagsOpaque(block, isolated ? others | ISOLATED_BIT : others);
    }

    /** Whether the block has no pages. */
    boolean isOffline(int frame) {
        return (flagsOpaque(frame >> PAGEBLOCK_ORDER) & OFFLINE_BIT) != 0;
    }

    /** From isolated to offline, with the type that it will have when it comes back. */
    void setOffline(int frame, int type) {
        setFlagsOpaque(frame >> PAGEBLOCK_ORDER, OFFLINE_BIT | ISOLATED_BIT | type);
    }

    /** From offline to usable, with the type that it had. */
    void setOnline(int frame) {
        int block = frame >> PAGEBLOCK_ORDER;
        setFlagsOpaque(block, flagsOpaque(block) & TYPE_MASK);
    }

    private int flagsOpaque(int block) {
        return (byte) FLAGS.getOpaque(flags, block);
    }

    private void setFlagsOpaque(int block, int next) {
        FLAGS.setOpaque(flags, block, (byte) next);
    }
}
