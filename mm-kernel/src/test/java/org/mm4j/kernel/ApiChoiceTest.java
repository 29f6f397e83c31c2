package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.kernel.ApiRequest.Contiguity;
import org.mm4j.kernel.ApiRequest.Lifetime;

class ApiChoiceTest {
    private static final long KIB = 1L << 10;
    private static final long MIB = 1L << 20;

    private static ApiChoice choose(ApiRequest request) {
        return ApiChoice.of(request, 2);
    }

    private static ApiRequest physical(long bytes) {
        return ApiRequest.of(bytes).withContiguity(Contiguity.PHYSICAL);
    }

    private static ApiOption option(ApiChoice choice, String api) {
        return options(choice).stream()
                .filter(option -> option.api().equals(api))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + api + " in " + choice));
    }

    private static List<ApiOption> options(ApiChoice choice) {
        List<ApiOption> all = new ArrayList<>(choice.alternatives());
        all.addFirst(choice.recommended());
        return all;
    }

    @Test
    void hundredBytesWasteTwentyEight() {
        ApiOption kmalloc = choose(ApiRequest.of(100)).recommended();

        assertThat(kmalloc.call()).isEqualTo("kmalloc(100, GFP_KERNEL)");
        assertThat(kmalloc.what()).isEqualTo("an object of kmalloc-128");
        assertThat(kmalloc.bytesAllocated()).isEqualTo(128);
        assertThat(kmalloc.bytesWasted()).isEqualTo(28);
    }

    @Test
    void aHundredAndTwentyEightKibAreOrderFive() {
        ApiOption pages = choose(physical(128 * KIB)).recommended();

        assertThat(pages.call()).isEqualTo("alloc_pages(GFP_KERNEL, 5)");
        assertThat(pages.bytesAllocated()).isEqualTo(128 * KIB);
        assertThat(choose(ApiRequest.of(128 * KIB)).recommended().what()).startsWith("a block of order 5;");
    }

    @Test
    void aHundredAndThirtyTwoKibAreExactPages() {
        ApiChoice choice = choose(physical(132 * KIB));

        assertThat(choice.recommended().api()).isEqualTo("alloc_pages_exact");
        assertThat(choice.recommended().bytesWasted()).isZero();
        assertThat(option(choice, "alloc_pages").call()).isEqualTo("alloc_pages(GFP_KERNEL, 6)");
        assertThat(option(choice, "alloc_pages").bytesWasted()).isEqualTo(124 * KIB);
        assertThat(option(choice, "kmalloc").bytesWasted()).isEqualTo(124 * KIB);
        assertThat(choose(physical(132 * KIB - 1)).recommended().bytesWasted()).isEqualTo(1);
        assertThat(choose(physical(132 * KIB + 1)).recommended().bytesWasted()).isEqualTo(4095);
    }

    @Test
    void theLargestKmallocIsFourMib() {
        assertThat(option(choose(physical(4 * MIB)), "kmalloc").bytesAllocated())
                .isEqualTo(4 * MIB);
        ApiChoice more = choose(ApiRequest.of(4 * MIB + 1));
        assertThat(more.recommended().api()).isEqualTo("vmalloc");
        assertThat(options(more)).noneMatch(option -> option.api().equals("kmalloc"));
        assertThat(choose(physical(4 * MIB + 1)).recommended().api()).isEqualTo("alloc_contig_pages");
        assertThat(choose(ApiRequest.of(1L << 31)).alternatives())
                .noneMatch(option -> option.api().equals("kvmalloc"));
    }

    @ParameterizedTest
    @CsvSource({
        "1,       8,       kmalloc",
        "8192,    8192,    kmalloc",
        "8193,    16384,   kvmalloc",
        "40000,   65536,   kvmalloc",
        "4194304, 4194304, kvmalloc",
        "4194305, 4198400, vmalloc"
    })
    void sizesHaveTheirFunction(long bytes, long allocated, String api) {
        ApiOption recommended = choose(ApiRequest.of(bytes)).recommended();
        assertThat(recommended.api()).isEqualTo(api);
        assertThat(recommended.bytesAllocated()).isEqualTo(allocated);
    }

    @Test
    void objectsThatFillASlabHaveACache() {
        ApiOption cache = choose(ApiRequest.of(184).withCount(1000)).recommended();
        assertThat(cache.api()).isEqualTo("kmem_cache_create, kmem_cache_alloc");
        assertThat(cache.what()).isEqualTo("46 slabs of order 0, each with 22 objects of 184 bytes");
        assertThat(choose(ApiRequest.of(184).withCount(22)).recommended().api()).startsWith("kmem_cache");
        assertThat(choose(ApiRequest.of(184).withCount(21)).recommended().api()).isEqualTo("kmalloc");
        assertThat(choose(ApiRequest.of(184).withCount(1000).withLifetime(Lifetime.RCU))
                        .recommended()
                        .freeWith())
                .isEqualTo("kfree_rcu");
    }

    @Test
    void anArrayIsOneBlockAndZeroedByItsName() {
        ApiRequest array = ApiRequest.of(100).withCount(5).withLifetime(Lifetime.SHORT);
        assertThat(choose(array).recommended().call()).isEqualTo("kmalloc_array(5, 100, GFP_KERNEL)");
        assertThat(choose(array.zeroed()).recommended().call()).isEqualTo("kcalloc(5, 100, GFP_KERNEL)");
        assertThat(choose(array.zeroed().withCount(1000)).recommended().call())
                .isEqualTo("kvcalloc(1000, 100, GFP_KERNEL)");
        assertThat(choose(array.withCount(100_000)).recommended().call()).isEqualTo("vmalloc_array(100000, 100)");
    }

    @Test
    void flagsFollowFromTheContext() {
        assertThat(choose(ApiRequest.of(100)).gfp()).isEqualTo(Gfp.GFP_KERNEL);
        assertThat(choose(ApiRequest.of(100).atomically()).gfp()).isEqualTo(Gfp.GFP_ATOMIC);
        assertThat(choose(ApiRequest.of(100).forUser()).gfp()).isEqualTo(Gfp.GFP_HIGHUSER_MOVABLE);
        assertThat(choose(ApiRequest.of(100).forUser().forDma()).gfp()).isEqualTo(Gfp.GFP_USER);
        assertThat(choose(physical(64 * KIB).zeroed()).recommended().call())
                .isEqualTo("alloc_pages(GFP_KERNEL|__GFP_ZERO, 4)");
        assertThat(choose(physical(64 * KIB)).gfpWhy()).contains("__GFP_RETRY_MAYFAIL");
        assertThat(choose(physical(32 * KIB)).gfpWhy()).doesNotContain("__GFP_RETRY_MAYFAIL");
    }

    @Test
    void nobodyWhoMustNotWaitIsSentToSleep() {
        for (long bytes : new long[] {1, 4096, 8193, 132 * KIB, 4 * MIB}) {
            assertThat(options(choose(ApiRequest.of(bytes).atomically())))
                    .noneMatch(option -> option.api().contains("vmalloc"))
                    .noneMatch(option -> option.api().equals("alloc_contig_pages"))
                    .noneMatch(option -> option.call().contains("GFP_KERNEL"));
        }
    }

    @Test
    void whatCannotBeIsSaidInOneSentence() {
        assertRefused("a size is 1 to 35184372088832 bytes, not 0", 0, 1, false, Contiguity.ANY, false, false);
        assertRefused("there is 1 object or more, not -1", 1, -1, false, Contiguity.ANY, false, false);
        assertRefused(
                "9223372036854775807 objects of 16 bytes are more than the kernel's 32 TiB of virtual addresses",
                16,
                Long.MAX_VALUE,
                false,
                Contiguity.ANY,
                false,
                false);
        assertRefused(
                "a device sees physical addresses, so memory for DMA cannot be contiguous virtually only",
                16,
                1,
                false,
                Contiguity.VIRTUAL,
                true,
                false);
        assertRefused(
                "memory of a user process is taken while the process runs and may wait, so it is not taken atomically",
                16,
                1,
                true,
                Contiguity.ANY,
                false,
                true);
        assertRefused(
                "nobody gets 4194305 bytes without waiting: the largest block has 4194304, so take the memory beforehand",
                4 * MIB + 1,
                1,
                true,
                Contiguity.ANY,
                false,
                false);
    }

    private static void assertRefused(
            String sentence, long bytes, long count, boolean atomic, Contiguity contiguity, boolean dma, boolean user) {
        assertThatThrownBy(() -> new ApiRequest(bytes, count, atomic, contiguity, Lifetime.LONG, dma, user, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }

    /** Every combination has an answer whose figures agree, or is refused by the request itself. */
    @Test
    void everyRequestHasAnAnswerWhoseFiguresAgree() {
        long[] sizes = {1, 7, 8, 96, 97, 4095, 4096, 4097, 8192, 8193, 12345, MIB, 4 * MIB - 40, 4 * MIB, 4 * MIB + 1};
        int answers = 0;
        for (long bytes : sizes) {
            for (long count : new long[] {1, 2, 100, 1_000_000}) {
                for (Contiguity contiguity : Contiguity.values()) {
                    for (Lifetime lifetime : Lifetime.values()) {
                        for (int bits = 0; bits < 16; bits++) {
                            answers += checked(bytes, count, contiguity, lifetime, bits) ? 1 : 0;
                        }
                    }
                }
            }
        }
        assertThat(answers).isGreaterThan(5000);
    }

    private static boolean checked(long bytes, long count, Contiguity contiguity, Lifetime lifetime, int bits) {
        ApiRequest request;
        try {
            request = new ApiRequest(
                    bytes,
                    count,
                    (bits & 1) != 0,
                    contiguity,
                    lifetime,
                    (bits & 2) != 0,
                    (bits & 4) != 0,
                    (bits & 8) != 0);
        } catch (IllegalArgumentException refused) {
            return false;
        }
        ApiChoice choice = choose(request);
        assertThat(choice.gfpWhy()).endsWith(".");
        for (ApiOption option : options(choice)) {
            assertThat(option.bytesAllocated())
                    .as("%s for %s", option, request)
                    .isEqualTo(request.bytesTotal() + option.bytesWasted());
            assertThat(option.bytesWasted()).as("%s for %s", option, request).isNotNegative();
            assertThat(option.why()).endsWith(".").doesNotContain("\n");
        }
        assertThat(options(choice).stream().map(ApiOption::api)).doesNotHaveDuplicates();
        return true;
    }

    /** What the page functions take is what a kernel's pages say. */
    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 4097, 20_000, 65_536, 135_168, 1_000_000, 4_194_304})
    void aKernelTakesWhatIsComputed(long bytes) {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(64 << 20))) {
            ApiOptions options = new ApiOptions(physical(bytes), "GFP_KERNEL", org.mm4j.slab.SlabSettings.ofCpus(2));

            long pfn = kernel.pages().allocPagesExact(bytes, Gfp.GFP_KERNEL);
            assertThat(kernel.pagesInUse() * 4096).isEqualTo(options.exact("").bytesAllocated());
            kernel.pages().freePagesExact(pfn, bytes);

            int order = org.mm4j.api.PageFrame.order(bytes);
            long block = kernel.pages().allocPages(Gfp.GFP_KERNEL, order);
            assertThat(kernel.pagesInUse() * 4096).isEqualTo(options.pages("").bytesAllocated());
            assertThat(options.pages("").call()).endsWith(", " + order + ")");
            kernel.pages().freePages(block, order);
            assertThat(kernel.validate()).isEmpty();
        }
    }
}
