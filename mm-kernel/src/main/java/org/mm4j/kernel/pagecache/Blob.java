package org.mm4j.kernel.pagecache;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mm4j.api.PageFrame;

/**
 * A blob that somebody reads. Until it is closed its pages stay where they are, even if the cache has forgotten them.
 *
 * <p>Any thread may read; it is closed once, closing again does nothing. In Linux 6.18: a folio with a reference, as
 * filemap_get_folio() returns it.
 */
public final class Blob implements AutoCloseable {
    private static final VarHandle IS_OPEN;

    static {
        try {
            IS_OPEN = MethodHandles.lookup().findVarHandle(Blob.class, "isOpen", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BlobFrames frames;
    private final BlobPages pages;

    @SuppressWarnings({"unused", "FieldMayBeFinal"}) // by IS_OPEN
    private boolean isOpen = true;

    /** The holder's reference is passed on to it. */
    Blob(BlobFrames frames, BlobPages pages) {
        this.frames = frames;
        this.pages = pages;
    }

    /** How many bytes it has. */
    public long bytes() {
        return pages.bytes();
    }

    /** How many pages it has. */
    public int pages() {
        return pages.pfns().length;
    }

    /**
     * The bytes of one page, in place: 4096, or fewer in the last one. Not to be used after the blob is closed.
     *
     * @throws IllegalStateException when the blob is closed
     */
    public MemorySegment page(int page) {
        checkOpen();
        return frames.page(pages, page);
    }

    /**
     * Copies bytes from {@code offset} on, as many as {@code target} has.
     *
     * @throws IllegalStateException when the blob is closed
     * @throws IndexOutOfBoundsException when the blob has not so many
     */
    public void copyTo(long offset, MemorySegment target) {
        checkOpen();
        long end = offset + target.byteSize();
        if (offset < 0 || end > pages.bytes()) {
            throw new IndexOutOfBoundsException(
                    "bytes " + offset + " to " + end + " are refused: the blob has " + pages.bytes());
        }
        for (long at = offset; at < end; ) {
            int page = (int) (at >>> PageFrame.PAGE_SHIFT);
            long inPage = at & (PageFrame.PAGE_SIZE - 1);
            long length = Math.min(BlobFrames.pageBytes(pages, page) - inPage, end - at);
            MemorySegment.copy(frames.page(pages, page), inPage, target, at - offset, length);
            at += length;
        }
    }

    /**
     * All bytes, copied.
     *
     * @throws IllegalStateException when the blob is closed
     */
    public byte[] toArray() {
        byte[] bytes = new byte[Math.toIntExact(pages.bytes())];
        copyTo(0, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /** One byte. */
    public byte get(long offset) {
        checkOpen();
        int page = (int) (offset >>> PageFrame.PAGE_SHIFT);
        return frames.page(pages, page).get(ValueLayout.JAVA_BYTE, offset & (PageFrame.PAGE_SIZE - 1));
    }

    private void checkOpen() {
        if (!(boolean) IS_OPEN.getVolatile(this)) {
            throw new IllegalStateException("the blob is closed");
        }
    }

    /** Lets the pages go. */
    @Override
    public void close() {
        if (IS_OPEN.compareAndSet(this, true, false) && pages.release()) {
            frames.free(pages);
        }
    }
}
