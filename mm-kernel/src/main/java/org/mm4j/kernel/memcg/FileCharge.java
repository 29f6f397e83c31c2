package org.mm4j.kernel.memcg;

import org.jspecify.annotations.Nullable;
import org.mm4j.api.MemoryAccounting.Kind;

/**
 * Who pays for some pages of a page cache, wherever they are moved to. Given back once, by whoever frees them.
 *
 * <p>Immutable. In Linux 6.18: memcg_data of {@code struct folio}, without MEMCG_DATA_KMEM.
 */
public final class FileCharge {
    /** Nobody pays. */
    public static final FileCharge NONE = new FileCharge(null, 0);

    private final @Nullable ObjCgroup payer;
    private final long bytes;

    FileCharge(@Nullable ObjCgroup payer, long bytes) {
        this.payer = payer;
        this.bytes = bytes;
    }

    /** The group that was charged, also when it has been removed; null: none. */
    public @Nullable MemoryCgroup payer() {
        return payer == null ? null : payer.cgroup();
    }

    /** Takes the charge back. Never waits, and may be called under locks. */
    public void giveBack() {
        if (payer != null) {
            payer.uncharge(Kind.FILE, bytes);
        }
    }
}
