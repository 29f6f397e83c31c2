package org.mm4j.lab.trace;

import org.mm4j.api.MigrateType;
import org.mm4j.api.PageFrame;
import org.mm4j.lab.trace.TraceEvent.CacheAlloc;
import org.mm4j.lab.trace.TraceEvent.CacheFree;
import org.mm4j.lab.trace.TraceEvent.Kfree;
import org.mm4j.lab.trace.TraceEvent.Kmalloc;
import org.mm4j.lab.trace.TraceEvent.PageAlloc;
import org.mm4j.lab.trace.TraceEvent.PageFallback;
import org.mm4j.lab.trace.TraceEvent.PageFree;
import org.mm4j.lab.trace.TraceEvent.PageFreeBatched;
import org.mm4j.lab.trace.TraceEvent.PercpuAlloc;
import org.mm4j.lab.trace.TraceEvent.PercpuChunk;
import org.mm4j.lab.trace.TraceEvent.PercpuFailure;
import org.mm4j.lab.trace.TraceEvent.PercpuFree;
import org.mm4j.lab.trace.TraceEvent.VmapAlloc;
import org.mm4j.lab.trace.TraceEvent.VmapFree;
import org.mm4j.lab.trace.TraceEvent.VmapPurge;

/** Makes events of a line's fields. */
final class EventParser {
    /** The largest frame number: 52 bits of physical address. */
    private static final long PFN_MAX = (1L << 40) - 1;

    private static final FieldKey PFN = new FieldKey("pfn=");
    private static final FieldKey ORDER = new FieldKey("order=");
    private static final FieldKey ALLOC_ORDER = new FieldKey("alloc_order=");
    private static final FieldKey FALLBACK_ORDER = new FieldKey("fallback_order=");
    private static final FieldKey MIGRATE_TYPE = new FieldKey("migratetype=");
    private static final FieldKey ALLOC_MIGRATE_TYPE = new FieldKey("alloc_migratetype=");
    private static final FieldKey FALLBACK_MIGRATE_TYPE = new FieldKey("fallback_migratetype=");
    private static final FieldKey GFP_FLAGS = new FieldKey("gfp_flags=");
    private static final FieldKey PTR = new FieldKey("ptr=");
    private static final FieldKey NAME = new FieldKey("name=");
    private static final FieldKey BYTES_REQ = new FieldKey("bytes_req=");
    private static final FieldKey BYTES_ALLOC = new FieldKey("bytes_alloc=");
    private static final FieldKey RESERVED = new FieldKey("reserved=");
    private static final FieldKey IS_ATOMIC = new FieldKey("is_atomic=");
    private static final FieldKey SIZE = new FieldKey("size=");
    private static final FieldKey ALIGN = new FieldKey("align=");
    private static final FieldKey BASE_ADDR = new FieldKey("base_addr=");
    private static final FieldKey OFF = new FieldKey("off=");
    /** The one key of the kernel that ends in a colon. */
    private static final FieldKey VA_START_COLON = new FieldKey("va_start: ");

    private static final FieldKey VA_START = new FieldKey("va_start=");
    private static final FieldKey VSTART = new FieldKey("vstart=");
    private static final FieldKey VEND = new FieldKey("vend=");
    private static final FieldKey FAILED = new FieldKey("failed=");
    private static final FieldKey NR_LAZY = new FieldKey("nr_lazy=");
    private static final FieldKey NR_LAZY_MAX = new FieldKey("nr_lazy_max=");
    private static final FieldKey START = new FieldKey("start=");
    private static final FieldKey END = new FieldKey("end=");
    private static final FieldKey NUM_PURGED = new FieldKey("num_purged=");

    private final Fields fields;
    private final GfpWords gfpWords;
    private final Interned<String> cacheNames = new Interned<>(name -> name);

    EventParser(Fields fields, GfpWords gfpWords) {
        this.fields = fields;
        this.gfpWords = gfpWords;
    }

    TraceEvent parse(EventKind kind) throws TraceFormatException {
        return switch (kind) {
            case PAGE_ALLOC -> pageAlloc();
            case PAGE_FREE -> pageFree();
            case PAGE_FREE_BATCHED -> new PageFreeBatched(pfn());
            case PAGE_FALLBACK -> pageFallback();
            case KMALLOC -> new Kmalloc(fields.pointer(PTR), bytes(BYTES_REQ), bytes(BYTES_ALLOC), gfp().bits());
            case KFREE -> new Kfree(fields.pointer(PTR));
            case CACHE_ALLOC -> cacheAlloc();
            case CACHE_FREE -> cacheFree();
            case PERCPU_ALLOC -> percpuAlloc();
            case PERCPU_FREE -> new PercpuFree(fields.pointer(BASE_ADDR), bytes(OFF), fields.pointer(PTR));
            case PERCPU_FAILURE -> new PercpuFailure(flag(RESERVED), flag(IS_ATOMIC), bytes(SIZE), bytes(ALIGN));
            case PERCPU_CHUNK_CREATED -> new PercpuChunk(fields.pointer(BASE_ADDR), true);
            case PERCPU_CHUNK_DESTROYED -> new PercpuChunk(fields.pointer(BASE_ADDR), false);
            case VMAP_ALLOC -> vmapAlloc();
            case VMAP_FREE -> new VmapFree(fields.word(VA_START), bytes(NR_LAZY), bytes(NR_LAZY_MAX));
            case VMAP_PURGE -> new VmapPurge(fields.word(START), fields.word(END), bytes(NUM_PURGED));
        };
    }

    private PageAlloc pageAlloc() throws TraceFormatException {
        long pfn = pfn();
        int order = order(ORDER, pfn);
        int migrateType = migrateType(MIGRATE_TYPE);
        GfpWord gfp = gfp();
        return new PageAlloc(pfn, order, migrateType, gfp.bits(), gfp.isKnown());
    }

    private PageFree pageFree() throws TraceFormatException {
        long pfn = pfn();
        return new PageFree(pfn, order(ORDER, pfn));
    }

    private PageFallback pageFallback() throws TraceFormatException {
        return new PageFallback(
                pfn(),
                order(ALLOC_ORDER, 0),
                order(FALLBACK_ORDER, 0),
                migrateType(ALLOC_MIGRATE_TYPE),
                migrateType(FALLBACK_MIGRATE_TYPE));
    }

    private CacheAlloc cacheAlloc() throws TraceFormatException {
        long ptr = fields.pointer(PTR);
        return new CacheAlloc(cacheName(), ptr, bytes(BYTES_REQ), bytes(BYTES_ALLOC), gfp().bits());
    }

    private CacheFree cacheFree() throws TraceFormatException {
        long ptr = fields.pointer(PTR);
        return new CacheFree(cacheName(), ptr);
    }

    private PercpuAlloc percpuAlloc() throws TraceFormatException {
        return new PercpuAlloc(
                flag(RESERVED),
                flag(IS_ATOMIC),
                bytes(SIZE),
                bytes(ALIGN),
                fields.pointer(BASE_ADDR),
                bytes(OFF),
                fields.pointer(PTR),
                bytes(BYTES_ALLOC),
                gfp().bits());
    }

    private VmapAlloc vmapAlloc() throws TraceFormatException {
        return new VmapAlloc(
                fields.word(fields.has(VA_START_COLON) ? VA_START_COLON : VA_START),
                fields.word(SIZE),
                fields.word(ALIGN),
                fields.word(VSTART),
                fields.word(VEND),
                flag(FAILED));
    }

    private long pfn() throws TraceFormatException {
        return fields.number(PFN, PFN_MAX);
    }

    private int order(FieldKey key, long pfn) throws TraceFormatException {
        int order = (int) fields.number(key, PageFrame.MAX_PAGE_ORDER);
        if ((pfn & (PageFrame.pages(order) - 1)) != 0) {
            throw fields.malformed(key, ", but frame 0x" + Long.toHexString(pfn) + " begins no block of that order");
        }
        return order;
    }

    private int migrateType(FieldKey key) throws TraceFormatException {
        return (int) fields.number(key, MigrateType.COUNT - 1);
    }

    private long bytes(FieldKey key) throws TraceFormatException {
        return fields.number(key, Long.MAX_VALUE);
    }

    private boolean flag(FieldKey key) throws TraceFormatException {
        return fields.word(key) != 0;
    }

    private GfpWord gfp() throws TraceFormatException {
        return gfpWords.count(fields.value(GFP_FLAGS, gfpWords.words()));
    }

    private String cacheName() throws TraceFormatException {
        return fields.has(NAME) ? fields.value(NAME, cacheNames) : "";
    }
}
