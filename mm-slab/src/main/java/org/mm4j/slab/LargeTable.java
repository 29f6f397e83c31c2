package org.mm4j.slab;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where the large blocks of kmalloc begin, and who has them: one byte for each frame, in sections that are made when the
 * first block lies in them.
 *
 * <pre>
 *   sections   | 0 | - | 2 | ...            32768 frames, 128 MiB each
 *                |
 *                `--&gt; | 0 | 0 | 0 | 0 | 3 | 0 | 0 | 0 | -4 | ...      one byte a frame
 *
 *                     setLive                              claim: compare-and-set
 *       0, freed  ---------------&gt;  order + 1, live  ------------------------&gt;  -(order + 1), freed
 *                                        |                                            ^
 *                                        `--- defer ---&gt;  order + 33, deferred  ------'  endDefer
 * </pre>
 *
 * <p>Whoever claims or defers a block has it for itself; it may give it back to the caller by {@link #unclaim}.
 */
class LargeTable { // not final: the twin of the stress test is a subclass
    private static final int SECTION_SHIFT = 15;
    private static final int SECTION_FRAMES = 1 << SECTION_SHIFT;
    private static final int DEFERRED = 32;

    private static final VarHandle SECTION = MethodHandles.arrayElementVarHandle(byte[][].class);
    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

    private final byte[] @Nullable [] sections;
    private final int framesOfSection;

    LargeTable(long frames) {
        framesOfSection = (int) Math.min(frames, SECTION_FRAMES);
        sections = new byte[(int) ((frames + SECTION_FRAMES - 1) >>> SECTION_SHIFT)][];
    }

    // States.

    /** The state of a frame, for the methods below. */
    int state(long pfn) {
        byte[] section = sectionAcquire((int) (pfn >>> SECTION_SHIFT));
        return section == null ? 0 : stateAcquire(section, index(pfn)); // [large.A1] pairs with [large.R1] in setLive()
    }

    /** Whether a block begins there, deferred ones too. */
    static boolean isBlock(int state) {
        return state > 0;
    }

    /** The order of the block that begins or began there. */
    static int order(int state) {
        return (Math.abs(state) & (DEFERRED - 1)) - 1;
    }

    // Changes.

    /** A block begins there, which the caller has. */
    void setLive(long pfn, int order) {
        setStateRelease(section(pfn), index(pfn), (byte) (order + 1)); // [large.R1] publishes the zeroes of the block
    }

    /** Takes a block from the caller who had it. False when nobody has a block that begins there. */
    boolean claim(long pfn) {
        int state = state(pfn);
        return isLive(state) && casState(section(pfn), index(pfn), (byte) state, (byte) -state); // [large.A1]
    }

    /** Takes a block from the caller, to be freed after a grace period. False when nobody has a block there. */
    boolean defer(long pfn) {
        int state = state(pfn);
        return isLive(state)
                && casState(section(pfn), index(pfn), (byte) state, (byte) (state + DEFERRED)); // [large.A1]
    }

    /** The grace period of a deferred block is over: it is claimed now. */
    void endDefer(long pfn) {
        setStateRelease(section(pfn), index(pfn), (byte) (DEFERRED - state(pfn)));
    }

    /** Makes a block that was claimed or deferred the caller's again. */
    void unclaim(long pfn) {
        setLive(pfn, order(state(pfn)));
    }

    /** Whether somebody has the block that begins there. */
    static boolean isLive(int state) {
        return state > 0 && state < DEFERRED;
    }

    // Looking.

    /** Who looks at blocks. */
    @FunctionalInterface
    interface Visitor {
        void block(long pfn, int order);
    }

    /** Shows all blocks, deferred ones too. Racy. */
    void forEach(Visitor visitor) {
        for (int at = 0; at < sections.length; at++) {
            byte[] section = sectionAcquire(at);
            for (int frame = 0; section != null && frame < section.length; frame++) {
                int state = stateAcquire(section, frame); // [large.A1]
                if (isBlock(state)) {
                    visitor.block(((long) at << SECTION_SHIFT) + frame, order(state));
                }
            }
        }
    }

    // Memory.

    private static int index(long pfn) {
        return (int) pfn & (SECTION_FRAMES - 1);
    }

    /** The section that holds a frame; it is made if need be. */
    byte[] section(long pfn) {
        int at = (int) (pfn >>> SECTION_SHIFT);
        byte[] section = sectionAcquire(at);
        if (section == null) {
            byte[] made = new byte[framesOfSection];
            section = casSection(at, made) ? made : Objects.requireNonNull(sectionAcquire(at), "sections stay");
        }
        return section;
    }

    private byte @Nullable [] sectionAcquire(int at) {
        return (byte[]) SECTION.getAcquire(sections, at); // [large.A2] pairs with [large.R2] in casSection()
    }

    private boolean casSection(int at, byte[] section) {
        return SECTION.compareAndSet(sections, at, null, section); // [large.R2] publishes an empty section
    }

    private static byte stateAcquire(byte[] section, int index) {
        return (byte) STATE.getAcquire(section, index);
    }

    private static void setStateRelease(byte[] section, int index, byte state) {
        STATE.setRelease(section, index, state);
    }

    boolean casState(byte[] section, int index, byte expected, byte next) {
        return STATE.compareAndSet(section, index, expected, next);
    }
}
