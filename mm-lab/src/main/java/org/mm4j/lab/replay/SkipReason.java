package org.mm4j.lab.replay;

/** Why an event of a trace is not replayed. */
public enum SkipReason {
    /** It is a page of a slab or of a large kmalloc, which the replaying kernel takes by itself. */
    SLAB_PAGE("slabPage", "pages behind recorded objects: the slab layer takes its own pages here"),
    /** There is nothing to free. */
    NULL_FREE("nullFree", "kfree of a null pointer, which does nothing"),
    /** It tells that the percpu allocator made or dropped a chunk, which it does by itself. */
    PERCPU_CHUNK("percpuChunk", "notes that the percpu allocator made or dropped a chunk"),
    /** The block is freed already by the event beside it. */
    BATCHED_DUPLICATE("batchedDuplicate", "mm_page_free_batched beside the mm_page_free of the same block"),
    /** There was no memory when the trace was recorded. */
    FAILED_IN_RECORDING("failedInRecording", "allocations that had failed on the recorded machine"),
    /** It tells how an allocation was served, and is none. */
    FALLBACK_NOTE("fallbackNote", "notes that a free list of another mobility was used"),
    /** Linux 6.18 refuses such flags. */
    FLAGS_REFUSED("flagsRefused", "allocations with flags or sizes that no kernel serves");

    /** Begins the name of what is counted for an event that is not known by name. */
    public static final String OTHER_EVENT = "other:";

    private final String key;
    private final String sentence;

    SkipReason(String key, String sentence) {
        this.key = key;
        this.sentence = sentence;
    }

    /** The name in JSON. */
    public String key() {
        return key;
    }

    /** The reason, for people. */
    public String sentence() {
        return sentence;
    }

    /** What a key of the skipped events means to people. */
    public static String sentenceOf(String key) {
        for (SkipReason reason : values()) {
            if (reason.key.equals(key)) {
                return reason.sentence;
            }
        }
        return key.startsWith(OTHER_EVENT)
                ? key.substring(OTHER_EVENT.length()) + ", which is no allocator's event"
                : key;
    }
}
