package org.mm4j.vmalloc;

import static org.mm4j.api.PageFrame.PAGE_SHIFT;
import static org.mm4j.api.PageFrame.PAGE_SIZE;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * An area: a range of virtual addresses that was handed out, and what is mapped there.
 *
 * <pre>
 *   start                                end
 *   | page | page | page |  ...  | guard |        bytes = end − start, with the guard page if there is one
 *
 *               publish               unlink               freeLazily               purge
 *   UNINITIALIZED ----->  PUBLISHED  ------->  UNLINKED  ------------->  LAZY  --------------> FLUSHED
 *        |                                        ^                                in a pool, until the range
 *        `----------------------------------------'                                is handed out as another area
 *                         unlink
 * </pre>
 *
 * <p>Its owner, who allocated it, fills in the label and the frames, and then publishes it: who finds an area sees it whole.
 * Nobody finds it before that, nor once it is unlinked. An area is never used twice, so that who still holds one sees
 * that it is gone, and not another.
 *
 * <p>In Linux 6.18: include/linux/vmalloc.h, struct vmap_area and struct vm_struct; VM_UNINITIALIZED. Differs: one object;
 * the kernel uses a vmap_area again.
 */
final class VmapArea {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(VmapArea.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    static final int UNINITIALIZED = 0;
    static final int PUBLISHED = 1;
    static final int UNLINKED = 2;
    static final int LAZY = 3;
    static final int FLUSHED = 4;

    private static final String[] STATE_NAMES = {"UNINITIALIZED", "PUBLISHED", "UNLINKED", "LAZY", "FLUSHED"};
    private static final long[] NO_PFNS = {};

    private final long start;
    private final long bytes;
    private final int flags;

    /** The number of the node in whose pool the range ends up, or {@link VmapNode#NONE}. */
    private final int home;

    @SuppressWarnings("unused") // by STATE
    private int state;

    /** Written by the owner before it publishes. */
    private String caller = "";

    private long[] pfns = NO_PFNS;
    private @Nullable VmStruct vm;
    private @Nullable VmapBlock block;

    /** The next on the list that it is on; guarded by the lock of that list. */
    @Nullable
    VmapArea next;

    VmapArea(long start, long bytes, int flags, int home) {
        this.start = start;
        this.bytes = bytes;
        this.flags = flags;
        this.home = home;
    }

    /** The first address. */
    long start() {
        return start;
    }

    /** The address behind the last, the guard page included. */
    long end() {
        return start + bytes;
    }

    /** The length, the guard page included. In Linux: va_size(). */
    long bytes() {
        return bytes;
    }

    /** The length without the guard page. In Linux: get_vm_area_size(). */
    long bytesUsable() {
        return VmFlags.hasGuard(flags) ? bytes - PAGE_SIZE : bytes;
    }

    /** How many pages of address space it takes, the guard page included. */
    long pages() {
        return bytes >>> PAGE_SHIFT;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    int home() {
        return home;
    }

    /** Who asked for it. */
    String caller() {
        return caller;
    }

    /** Before it is published. */
    void setCaller(String label) {
        caller = label;
    }

    /** The frames mapped there, from the first page on; not a copy. Empty when it has none of its own. */
    long[] pfns() {
        return pfns;
    }

    /** Before it is published. The array is kept, and nobody writes to it any more. */
    void setPfns(long[] frames) {
        pfns = frames;
    }

    /** What is mapped there, and who may end it; null for a block, and where vm_map_ram() mapped. */
    @Nullable
    VmStruct vm() {
        return vm;
    }

    /** Before it is published. */
    void setVm(VmStruct vmStruct) {
        vm = vmStruct;
    }

    /** The block that it is the range of, if it is one. */
    @Nullable
    VmapBlock block() {
        return block;
    }

    /** Before it is published. */
    void setBlock(VmapBlock vmapBlock) {
        block = vmapBlock;
    }

    /**
     * Lets others find it, with all that was written to it so far.
     *
     * @throws IllegalStateException when it is published, or was unlinked
     */
    void publish() {
        if (!casState(UNINITIALIZED, PUBLISHED)) { // [vmap.R1] publishes what the owner has filled in
            throw new IllegalStateException("cannot publish " + this);
        }
    }

    /** Whether it is in use and complete; if so, the caller sees all that its owner wrote before it published it. */
    boolean isPublished() {
        return stateAcquire() == PUBLISHED; // [vmap.A1] pairs with [vmap.R1] in publish()
    }

    /** UNINITIALIZED or PUBLISHED to UNLINKED. Refused when it is neither; of many callers one succeeds. */
    boolean toUnlinked() {
        int before = stateAcquire();
        while (before == UNINITIALIZED || before == PUBLISHED) {
            if (casState(before, UNLINKED)) {
                return true;
            }
            before = stateAcquire();
        }
        return false;
    }

    /** UNLINKED to LAZY. Refused when it is anything else; of many callers one succeeds. */
    boolean toLazy() {
        return casState(UNLINKED, LAZY);
    }

    /** LAZY to FLUSHED, by the purge that took it off its list. */
    void toFlushed() {
        boolean isFlushed = casState(LAZY, FLUSHED);
        assert isFlushed : "flushed " + this;
    }

    int state() {
        return stateAcquire();
    }

    private int stateAcquire() {
        return (int) STATE.getAcquire(this);
    }

    private boolean casState(int expected, int next) {
        return STATE.compareAndSet(this, expected, next);
    }

    @Override
    public String toString() {
        return "area " + FreeRanges.name(start, end()) + " " + STATE_NAMES[stateAcquire()];
    }
}
