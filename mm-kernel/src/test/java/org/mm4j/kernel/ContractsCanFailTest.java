package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadPageException;
import org.mm4j.api.ForwardingPages;
import org.mm4j.api.ObjectStock;
import org.mm4j.api.PageAllocator;
import org.mm4j.contract.ObjectStockContract;
import org.mm4j.contract.PageAllocatorContract;

/** Every test of the published contracts fails for an allocator that breaks what it is about. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContractsCanFailTest {
    /** Wrong page allocators, in front of a right one. */
    private static final List<UnaryOperator<PageAllocator>> WRONG_PAGES = List.of(
            Unaligned::new,
            Leaky::new,
            Lenient::new,
            AnyOrder::new,
            Miscounting::new,
            Unsplit::new,
            Generous::new,
            Overwriting::new,
            Twice::new);

    private static final class Pages extends PageAllocatorContract {
        private final UnaryOperator<PageAllocator> wrong;

        Pages(UnaryOperator<PageAllocator> wrong) {
            this.wrong = wrong;
        }

        @Override
        protected PageAllocator allocator() {
            return wrong.apply(new FirstFitPages(1024, FRAMES));
        }
    }

    /** Takes one frame more, and gives out what lies behind it. */
    private static final class Unaligned extends ForwardingPages {
        Unaligned(PageAllocator pages) {
            super(pages);
        }

        @Override
        public long allocPages(int gfp, int order, int nid) {
            long pfn = super.allocPages(gfp, order, nid);
            return pfn == 0 || order == 0 ? pfn : pfn + 1;
        }
    }

    /** Forgets every third block that comes back. */
    private static final class Leaky extends ForwardingPages {
        private int frees;

        Leaky(PageAllocator pages) {
            super(pages);
        }

        @Override
        public synchronized void freePages(long pfn, int order) {
            if (++frees % 3 != 0) {
                super.freePages(pfn, order);
            }
        }
    }

    /** Says nothing to bad calls. */
    private static final class Lenient extends ForwardingPages {
        Lenient(PageAllocator pages) {
            super(pages);
        }

        @Override
        public void freePages(long pfn, int order) {
            try {
                super.freePages(pfn, order);
            } catch (BadPageException _) {
                // as if nothing had been
            }
        }
    }

    /** Takes orders that there are not. */
    private static final class AnyOrder extends ForwardingPages {
        AnyOrder(PageAllocator pages) {
            super(pages);
        }

        @Override
        public long allocPages(int gfp, int order, int nid) {
            return super.allocPages(gfp, Math.clamp(order, 0, 10), nid);
        }
    }

    /** Keeps one reference too many. */
    private static final class Miscounting extends ForwardingPages {
        Miscounting(PageAllocator pages) {
            super(pages);
        }

        @Override
        public boolean tryGetPage(long pfn) {
            return super.tryGetPage(pfn) && super.tryGetPage(pfn);
        }
    }

    /** Leaves a block in one piece. */
    private static final class Unsplit extends ForwardingPages {
        Unsplit(PageAllocator pages) {
            super(pages);
        }

        @Override
        public void splitPage(long pfn, int order) {}
    }

    /** Gives more pages than were asked for. */
    private static final class Generous extends ForwardingPages {
        Generous(PageAllocator pages) {
            super(pages);
        }

        @Override
        public long allocPagesExact(long bytes, int gfp) {
            return super.allocPagesExact(2 * bytes, gfp);
        }
    }

    /** Fills places that are taken. */
    private static final class Overwriting extends ForwardingPages {
        Overwriting(PageAllocator pages) {
            super(pages);
        }

        @Override
        public int allocPagesBulk(int gfp, int nid, long[] pfns) {
            java.util.Arrays.fill(pfns, 0);
            return super.allocPagesBulk(gfp, nid, pfns);
        }
    }

    /** Now and then gives out what somebody has. */
    private static final class Twice extends ForwardingPages {
        private final AtomicLong takes = new AtomicLong();
        private volatile long last;

        Twice(PageAllocator pages) {
            super(pages);
        }

        @Override
        public long allocPages(int gfp, int order, int nid) {
            long old = last;
            if (takes.incrementAndGet() % 100 == 0 && order == 0 && super.pageCount(old) == 1) {
                return old;
            }
            long pfn = super.allocPages(gfp, order, nid);
            last = order == 0 ? pfn : old;
            return pfn;
        }
    }

    @Test
    void everyTestOfPagesFailsForSomeWrongAllocator() throws ReflectiveOperationException {
        Set<String> alive = tests(PageAllocatorContract.class);
        for (UnaryOperator<PageAllocator> wrong : WRONG_PAGES) {
            alive.removeAll(failing(PageAllocatorContract.class, () -> new Pages(wrong)));
        }
        assertThat(alive).as("tests that no wrong allocator fails").isEmpty();
        assertThat(failing(PageAllocatorContract.class, () -> new Pages(pages -> pages)))
                .as("tests that the right one fails")
                .isEmpty();
    }

    /** A shelf that is wrong in one way. */
    private record WrongShelf(ShelfStock shelf, ObjectStock.Slabs slabs, int fault, long[] last)
            implements ObjectStock {
        @Override
        public synchronized long take(int gfp) {
            if (fault == 0 && last[0] != 0) {
                return last[0];
            }
            last[0] = shelf.take(gfp);
            return last[0];
        }

        @Override
        public synchronized void put(long object) {
            if (fault != 1) {
                shelf.put(object);
            }
        }

        @Override
        public void flush() {
            if (fault != 2) {
                shelf.flush();
            }
        }

        @Override
        public void forEach(LongConsumer visitor) {
            if (fault != 3) {
                shelf.forEach(visitor);
            }
        }
    }

    private static final class Stock extends ObjectStockContract {
        private final int fault;

        Stock(int fault) {
            this.fault = fault;
        }

        @Override
        protected ObjectStock.Maker maker() {
            return (_, _, slabs) -> new WrongShelf(new ShelfStock(slabs), slabs, fault, new long[1]);
        }
    }

    @Test
    void everyTestOfStocksFailsForSomeWrongStock() throws ReflectiveOperationException {
        Set<String> alive = tests(ObjectStockContract.class);
        for (int fault = 0; fault < 4; fault++) {
            int each = fault;
            Set<String> failing = failing(ObjectStockContract.class, () -> new Stock(each));
            assertThat(failing).as("fault %d", fault).isNotEmpty();
            alive.removeAll(failing);
        }
        assertThat(alive).as("tests that no wrong stock fails").isEmpty();
        assertThat(failing(ObjectStockContract.class, () -> new Stock(-1))).isEmpty();
    }

    interface Maker {
        Object make();
    }

    static Set<String> tests(Class<?> contract) {
        return new TreeSet<>(methods(contract).map(Method::getName).toList());
    }

    private static Stream<Method> methods(Class<?> contract) {
        return Stream.of(contract.getDeclaredMethods()).filter(method -> method.isAnnotationPresent(Test.class));
    }

    /** Which tests fail. Each has an object of its own, as with JUnit. */
    static Set<String> failing(Class<?> contract, Maker maker) throws IllegalAccessException {
        Set<String> failing = new TreeSet<>();
        List<Method> all = new ArrayList<>(methods(contract).toList());
        for (Method test : all) {
            test.setAccessible(true);
            try {
                test.invoke(maker.make());
            } catch (InvocationTargetException _) {
                failing.add(test.getName());
            }
        }
        return failing;
    }
}
