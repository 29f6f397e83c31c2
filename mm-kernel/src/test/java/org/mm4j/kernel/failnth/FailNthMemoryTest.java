package org.mm4j.kernel.failnth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.kernel.FaultPoint.FAIL_CONTIG_ALLOC;
import static org.mm4j.kernel.FaultPoint.FAIL_PUNCH;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.BlockLayout;
import org.mm4j.buddy.CmaArea;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.pagecache.BlobCache;
import org.mm4j.slab.SlabEngineKind;

/** Memory that comes and goes, and what is moved for it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthMemoryTest {
    private static final int FIRST_BLOCK_MORE = 4;
    private static final long CMA_PFN = 2048;

    private static KernelConfig growing() {
        return FailNth.config(SlabEngineKind.CPU_SLAB)
                .withBlocks(BlockLayout.DEFAULT.withOrder(10))
                .withMaxBytes(24 << 20);
    }

    @Test
    @DisplayName("a block that cannot go stays, and goes when it is asked again")
    void blocks() {
        Set<FaultPoint> reached = FailNth.absorbing().over(growing()).everyCall(user -> {
            user.kernel.memoryBlocks().online(FIRST_BLOCK_MORE);
            for (int attempt = 0;
                    user.kernel.memoryBlocks().block(FIRST_BLOCK_MORE).isOnline();
                    attempt++) {
                assertThat(attempt).as("attempts").isLessThan(2);
                FailNthMemoryTest.offline(user);
            }
        });
        assertThat(reached).contains(FAIL_CONTIG_ALLOC, FAIL_PUNCH);
    }

    private static void offline(FailNthUser user) {
        try {
            user.tries(() -> user.kernel.memoryBlocks().offline(FIRST_BLOCK_MORE));
        } catch (IllegalStateException e) {
            user.note(false);
        }
    }

    @Test
    @DisplayName("a place of an area that cannot be emptied is passed over")
    void cma() {
        Set<FaultPoint> reached = FailNth.absorbing(FAIL_CONTIG_ALLOC).everyCall(user -> {
            CmaArea area = declared(user);
            if (area == null) {
                return;
            }
            for (int count : new int[] {1, 100, 512}) {
                user.note(
                        area.alloc(count, 0),
                        PageFrame.NONE,
                        pfn -> assertThat(area.release(pfn, count)).isTrue());
            }
            assertThat(area.pagesAvailable()).isEqualTo(512);
        });
        assertThat(reached).contains(FAIL_CONTIG_ALLOC);
    }

    private static @Nullable CmaArea declared(FailNthUser user) {
        try {
            return CmaArea.declare(user.kernel.buddy(), "camera", CMA_PFN, 512, 0);
        } catch (IllegalStateException e) {
            user.note(false);
            return null;
        }
    }

    @Test
    @DisplayName("a zone that somebody else compacts is left to him")
    void compaction() {
        FailNth.absorbing().everyCall(user -> {
            try (BlobCache<Integer> cache =
                    user.kernel.blobCache("blobs", 4 << 20, key -> MemorySegment.ofArray(new byte[key]))) {
                for (int bytes = 1; bytes < 30; bytes++) {
                    int key = bytes;
                    user.tries(() -> cache.put(key, MemorySegment.ofArray(new byte[key])));
                }
                user.kernel.buddy().compactMemory(0);
            }
        });
    }
}
