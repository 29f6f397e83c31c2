package org.mm4j.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;

/**
 * Who holds pages: for each block in use, the label of the code that took it, and on demand its stack. Code without a label
 * has the name of what it took them for: {@code slabs}, {@code vmalloc}, {@code percpu units}, the name of a pool; what a
 * user takes is {@code unnamed}.
 *
 * <p>Noted is what is taken through {@link Kernel#pages()}, also by slabs, areas and arenas; not what {@link Kernel#buddy()}
 * is asked for. A slab is of who made its cache need it. Noting costs 4 bytes a frame, and what {@link OwnerTracking} says;
 * reports walk all frames, and are racy.
 *
 * <p>In Linux 6.18: mm/page_owner.c. Differs: there are labels.
 */
public final class PageOwners {
    private static final int STACK_MAX = 12;

    /** Whose pages nobody claims. */
    static final String NOBODY = "unnamed";

    /** A label, and its number without a stack. */
    private record Named(String label, int number) {}

    /** Code that has a name takes pages under it. */
    private final ScopedValue<Named> current = ScopedValue.newInstance();

    /**
     * Whether there was ever a label. Plain: a thread that has one has written it itself, or was forked by one that had.
     */
    private boolean isUsed;

    private record Key(String label, List<StackTraceElement> stack) {}

    private final OwnerTracking tracking;

    /** By pfn of a block's first page: 1 + the index of a key. What a free block's entry says is history. */
    private final AtomicIntegerArray keyOfBlock;

    private final ConcurrentHashMap<Key, Integer> numbers = new ConcurrentHashMap<>();
    private final List<Key> keys = new CopyOnWriteArrayList<>();
    private @Nullable PageAllocator pages;

    PageOwners(OwnerTracking tracking, long frames) {
        this.tracking = tracking;
        keyOfBlock = new AtomicIntegerArray(tracking == OwnerTracking.OFF ? 0 : Math.toIntExact(frames));
    }

    /** The allocator to use for a purpose, which notes what is taken from {@code next}. */
    PageAllocator watch(PageAllocator next, String purpose) {
        pages = next;
        return tracking == OwnerTracking.OFF ? next : new WatchedPages(next, new Watcher(named(purpose)));
    }

    private Named named(String label) {
        return new Named(label, numberOf(new Key(label, List.of())));
    }

    /** Runs {@code work}, whose pages are noted under {@code label}; inner labels replace outer ones. */
    public void as(String label, Runnable work) {
        begin(label).run(work);
    }

    /** {@link #as(String, Runnable)} with a result. */
    public <T> T as(String label, Supplier<T> work) {
        return begin(label).call(work::get);
    }

    private ScopedValue.Carrier begin(String label) {
        if (!isUsed) { // written once, so that everybody's cache keeps it
            isUsed = true;
        }
        return ScopedValue.where(current, named(label));
    }

    private final class Watcher implements PageWatcher {
        private final Named purpose;

        Watcher(Named purpose) {
            this.purpose = purpose;
        }

        @Override
        public void took(long pfn, int order, int gfp) {
            if (pfn != PageFrame.NONE) {
                Named owner = isUsed ? current.orElse(purpose) : purpose;
                keyOfBlock.setOpaque((int) pfn, tracking == OwnerTracking.STACKS ? withStack(owner) : owner.number);
            }
        }

        @Override
        public void split(long pfn, int pagesOfBlock) {
            int number = keyOfBlock.getOpaque((int) pfn);
            for (int page = 1; page < pagesOfBlock; page++) {
                keyOfBlock.setOpaque((int) pfn + page, number);
            }
        }
    }

    /** Without Java heap or stack for the stack, only the label. */
    private int withStack(Named owner) {
        try {
            return numberOf(new Key(owner.label, stack()));
        } catch (OutOfMemoryError | StackOverflowError _) {
            return owner.number;
        }
    }

    private int numberOf(Key key) {
        Integer number = numbers.get(key);
        return number != null ? number : newNumber(key);
    }

    private synchronized int newNumber(Key key) {
        Integer number = numbers.get(key);
        if (number == null) {
            keys.add(key);
            number = keys.size();
            numbers.put(key, number);
        }
        return number;
    }

    private List<StackTraceElement> stack() {
        return StackWalker.getInstance()
                .walk(frames -> frames.dropWhile(frame -> frame.getClassName().startsWith("org.mm4j.kernel.PageOwners")
                                || frame.getClassName().equals("org.mm4j.kernel.WatchedPages")
                                || frame.getClassName().equals("org.mm4j.kernel.memcg.ChargedPages"))
                        .limit(STACK_MAX)
                        .map(StackWalker.StackFrame::toStackTraceElement)
                        .toList());
    }

    /** Who holds pages now, those with the most first; empty where nothing is noted. Racy. */
    public List<PageOwner> live() {
        PageAllocator allocator = pages;
        long[] blocks = new long[keys.size() + 1];
        long[] pagesOf = new long[blocks.length];
        for (int pfn = 1; allocator != null && pfn < keyOfBlock.length(); pfn++) {
            int number = keyOfBlock.getOpaque(pfn);
            if (number > 0
                    && number < blocks.length
                    && allocator.blockHead(pfn) == pfn
                    && allocator.pageCount(pfn) > 0) {
                blocks[number]++;
                pagesOf[number] += pagesOfBlock(allocator, pfn);
            }
        }
        List<PageOwner> owners = new ArrayList<>();
        for (int number = 1; number < blocks.length; number++) {
            if (blocks[number] > 0) {
                Key key = keys.get(number - 1);
                owners.add(new PageOwner(key.label, key.stack, blocks[number], pagesOf[number]));
            }
        }
        owners.sort(Comparator.comparingLong(PageOwner::pages).reversed());
        return owners;
    }

    /**
     * Who took the block that begins at a pfn, in words; what was taken past {@link Kernel#pages} has the label of whoever had the
     * frame before.
     *
     * @return empty where nothing is noted
     */
    String labelOf(long pfn) {
        int number = pfn < keyOfBlock.length() ? keyOfBlock.getOpaque((int) pfn) : 0;
        return number == 0 ? "" : keys.get(number - 1).label;
    }

    private long pagesOfBlock(PageAllocator allocator, int pfn) {
        int order = PageFrame.MAX_PAGE_ORDER;
        while (order > 0 && !reaches(allocator, pfn, pfn + PageFrame.pages(order) - 1)) {
            order--;
        }
        return PageFrame.pages(order);
    }

    private boolean reaches(PageAllocator allocator, int pfn, int last) {
        return last < keyOfBlock.length() && allocator.blockHead(last) == pfn;
    }

    /** The report, one owner after the other. In Linux: /sys/kernel/debug/page_owner, sorted. */
    @Override
    public String toString() {
        Stream<String> lines = live().stream().map(owner -> owner + "\n");
        return tracking == OwnerTracking.OFF ? "owners are not noted\n" : String.join("", lines.toList());
    }
}
