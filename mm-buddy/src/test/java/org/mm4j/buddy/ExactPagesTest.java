package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.MigrateType.UNMOVABLE;
import static org.mm4j.buddy.Machines.START;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageFrame;

/** Blocks whose size is no power of two. The machine has 1024 frames. */
class ExactPagesTest {
    private static final long FIVE = 5 * 4096;

    @RegisterExtension
    final Machines machines = new Machines();

    private Machine machine() {
        return machines.ofFrames(1024);
    }

    private static long take(Machine machine, long bytes) {
        long pfn = machine.allocator.allocPagesExact(bytes, Machine.UNMOVABLE);
        assertThat(pfn).isNotEqualTo(PageFrame.NONE);
        return pfn;
    }

    private static void assertRefused(Machine machine, long pfn, long bytes, String why) {
        long free = machine.pagesFree();
        assertThatThrownBy(() -> machine.allocator.freePagesExact(pfn, bytes))
                .isInstanceOf(BadPageException.class)
                .hasMessageContaining(why);
        assertThat(machine.pagesFree()).as("nothing was freed").isEqualTo(free);
    }

    @Test
    @DisplayName("C24: five pages of a block of eight; three go back at once, five later")
    void fivePages() {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        assertThat(machine.pagesFree()).isEqualTo(1024 - 5);
        assertThat(machine.blocks()).isEqualTo("1 1 0 1 1 1 1 1 1 1 0");
        machine.allocator.freePagesExact(pfn, FIVE);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("C24: what is not needed goes to the tail")
    void toTheTail() {
        Machine machine = machine();
        machine.take(Machine.UNMOVABLE, 5);
        long pfn = take(machine, 1027 * 512); // 129 pages
        assertThat(machine.list(0, UNMOVABLE)).containsExactly(pfn + 129);
        machine.allocator.splitPage(START, 5);
        machine.free(START + 1, START + 2, 0);
        long other = take(machine, 63 * 4096);
        assertThat(machine.list(0, UNMOVABLE)).containsExactly(START + 1, pfn + 129, other + 63);
    }

    @ParameterizedTest
    @DisplayName("C24: 1 byte to 4 MiB")
    @CsvSource({
        "1, 1",
        "4095, 1",
        "4096, 1",
        "4097, 2",
        "8193, 3",
        "28673, 8",
        "32768, 8",
        "32769, 9",
        "1000000, 245",
        "2097153, 513",
        "4190209, 1024",
        "4194304, 1024"
    })
    void sizes(long bytes, int pages) {
        Machine machine = machine();
        long pfn = take(machine, bytes);
        assertThat(machine.pagesFree()).isEqualTo(1024 - pages);
        for (long each = pfn; each < pfn + pages; each++) {
            assertThat(machine.allocator.pageCount(each)).isEqualTo(1);
            assertThat(machine.allocator.blockHead(each)).as("each is a block").isEqualTo(each);
        }
        assertThat(machine.allocator.pageCount(pfn + pages)).isZero();
        machine.allocator.freePagesExact(pfn, bytes);
        machine.expectAllFree();
    }

    @Test
    void eachPageCanBeFreedAlone() {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        machine.free(pfn, pfn + 5, 0);
        machine.expectAllFree();
    }

    @ParameterizedTest
    @DisplayName("C26: more than 4 MiB warns once, and not with __GFP_NOWARN")
    @ValueSource(longs = {4_194_305, 1L << 40, Long.MAX_VALUE})
    void tooMuch(long bytes) {
        KernelLog log = new KernelLog();
        Machine machine = machines.of(BuddyConfig.ofFrames(4096).withLog(log));
        assertThat(machine.allocator.allocPagesExact(bytes, Machine.UNMOVABLE)).isEqualTo(PageFrame.NONE);
        assertThat(log.lines()).isEmpty();
        for (int request = 0; request < 2; request++) {
            assertThat(machine.allocator.allocPagesExact(bytes, Gfp.GFP_KERNEL)).isEqualTo(PageFrame.NONE);
        }
        assertThat(log.lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void noBytes(long bytes) {
        Machine machine = machine();
        assertThatThrownBy(() -> machine.allocator.allocPagesExact(bytes, Machine.UNMOVABLE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> machine.allocator.freePagesExact(START, bytes))
                .isInstanceOf(IllegalArgumentException.class);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("__GFP_COMP and __GFP_HIGHMEM are left out, with one warning")
    void unfitFlags() {
        KernelLog log = new KernelLog();
        Machine machine = machines.of(BuddyConfig.ofFrames(1024).withLog(log));
        int gfp = Machine.UNMOVABLE | Gfp.__GFP_COMP | Gfp.__GFP_HIGHMEM;
        long pfn = machine.allocator.allocPagesExact(FIVE, gfp);
        machine.allocator.freePagesExact(pfn, FIVE);
        machine.allocator.allocPagesExact(FIVE, gfp);
        assertThat(log.lines()).singleElement().asString().contains("__GFP_HIGHMEM|__GFP_COMP");
    }

    @ParameterizedTest
    @DisplayName("another size than was taken")
    @ValueSource(longs = {1, 4 * 4096, 6 * 4096, 1L << 30, Long.MAX_VALUE})
    void wrongSize(long bytes) {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        assertRefused(machine, pfn, bytes, "5 exact pages begin there");
        machine.allocator.freePagesExact(pfn, FIVE);
        machine.expectAllFree();
    }

    @Test
    void notTheFirstPageOrNoExactPage() {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        assertRefused(machine, pfn + 1, 4 * 4096, "no exact pages begin there");
        assertRefused(machine, machine.take(Machine.UNMOVABLE, 0), 4096, "no exact pages begin there");
        assertRefused(machine, machine.take(Machine.UNMOVABLE, 3), FIVE, "no exact pages begin there");
        assertRefused(machine, START - 1, FIVE, "the allocator has pfn");
    }

    @ParameterizedTest
    @DisplayName("all or none: one of the pages is free already")
    @ValueSource(ints = {0, 2, 4})
    void badFrame(int bad) {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        machine.allocator.freePages(pfn + bad, 0);
        assertRefused(machine, pfn, FIVE, "pfn " + (pfn + bad) + " is refused: it is free already");
        for (int page = 0; page < 5; page++) {
            assertThat(machine.allocator.pageCount(pfn + page)).isEqualTo(page == bad ? 0 : 1);
            if (page != bad) {
                machine.allocator.freePages(pfn + page, 0);
            }
        }
        machine.expectAllFree();
    }

    @ParameterizedTest
    @DisplayName("all or none: one of the pages was given back, and taken by somebody else")
    @ValueSource(ints = {0, 2, 4})
    void foreignFrame(int foreign) {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        machine.allocator.freePages(pfn + foreign, 0);
        while (machine.allocator.pageCount(pfn + foreign) == 0) {
            machine.take(Machine.UNMOVABLE, 0);
        }
        assertRefused(machine, pfn, FIVE, "pfn " + (pfn + foreign) + " is refused");
        assertThat(machine.allocator.pageCount(pfn + 1)).isEqualTo(1);
    }

    @ParameterizedTest
    @DisplayName("a page that others hold too stays with them")
    @ValueSource(ints = {0, 2, 4})
    void sharedFrame(int shared) {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        machine.allocator.getPage(pfn + shared);
        machine.allocator.freePagesExact(pfn, FIVE);
        assertThat(machine.pagesFree()).isEqualTo(1023);
        assertThat(machine.allocator.pageCount(pfn + shared)).isEqualTo(1);
        machine.allocator.putPage(pfn + shared);
        machine.expectAllFree();
    }

    @Test
    @DisplayName("all or none: a shared page before a bad one keeps its references")
    void sharedAndBadFrame() {
        Machine machine = machine();
        long pfn = take(machine, FIVE);
        machine.allocator.getPage(pfn + 1);
        machine.allocator.freePages(pfn + 3, 0);
        assertRefused(machine, pfn, FIVE, "pfn " + (pfn + 3));
        assertThat(machine.allocator.pageCount(pfn)).isEqualTo(1);
        assertThat(machine.allocator.pageCount(pfn + 1)).isEqualTo(2);
        assertThat(machine.allocator.pageCount(pfn + 2)).isEqualTo(1);
    }
}
