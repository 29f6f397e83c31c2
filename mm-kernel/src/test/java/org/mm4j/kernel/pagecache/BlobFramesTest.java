package org.mm4j.kernel.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.BadPageException;
import org.mm4j.api.Gfp;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.memcg.FileCharges;

/** The frames of blobs: when there is plenty, and what becomes of a blob that is not finished. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BlobFramesTest {
    private static final int MOVABLE = Gfp.GFP_HIGHUSER_MOVABLE | Gfp.__GFP_NOWARN | Gfp.__GFP_NORETRY;

    private static List<Long> all(Kernel kernel, int nid) {
        List<Long> pfns = new ArrayList<>();
        int gfp = MOVABLE | Gfp.__GFP_THISNODE;
        for (long pfn = kernel.pages().allocPages(gfp, 0, nid);
                pfn != PageFrame.NONE;
                pfn = kernel.pages().allocPages(gfp, 0, nid)) {
            pfns.add(pfn);
        }
        return pfns;
    }

    @Test
    @DisplayName("there is plenty as long as one node has it, whichever")
    void plentyOnAnyNode() {
        KernelConfig config = KernelConfig.ofBytes(64 << 20)
                .withNodes(List.of(NodeLayout.ofRange(1, 1, 8192, 0), NodeLayout.ofRange(1, 8192, 16384, 0)));
        try (Kernel kernel = Kernel.boot(config)) {
            BlobFrames frames = new BlobFrames(kernel.buddy(), kernel.buddy(), kernel.memory(), FileCharges.NOBODY);
            List<Long> ofNode0 = all(kernel, 0);
            assertThat(frames.hasPlenty()).as("node 1 is empty").isTrue();
            List<Long> ofNode1 = all(kernel, 1);
            assertThat(frames.hasPlenty()).isFalse();
            ofNode0.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            kernel.drainAllPages();
            assertThat(frames.hasPlenty()).isTrue();
            ofNode1.forEach(pfn -> kernel.pages().freePages(pfn, 0));
        }
    }

    @Test
    @DisplayName("a blob that could not be finished keeps its pages where they are, until they are given back")
    void anUnfinishedBlobDoesNotMove() {
        try (Kernel kernel = Kernel.boot(KernelConfig.ofBytes(32 << 20))) {
            BlobFrames frames = new BlobFrames(kernel.buddy(), kernel.buddy(), kernel.memory(), FileCharges.NOBODY);
            List<Long> all = all(kernel, 0);
            List<Long> pfns = all.stream()
                    .filter(pfn -> pfn >= NodeLayout.DMA_END_PFN)
                    .sorted()
                    .toList();
            all.stream()
                    .filter(pfn -> pfn < NodeLayout.DMA_END_PFN)
                    .forEach(pfn -> kernel.pages().freePages(pfn, 0));
            for (int at = 2; at < pfns.size(); at += 2) {
                kernel.pages().freePages(pfns.get(at), 0);
            }
            kernel.drainAllPages();
            long free = pfns.get(4);
            BlobPages finished = new BlobPages(4096, new long[] {pfns.get(0)});
            frames.settle(finished);
            BlobPages blob = new BlobPages(3 * 4096, new long[] {pfns.get(1), pfns.get(3), free});
            assertThatThrownBy(() -> frames.settle(blob)).isInstanceOf(BadPageException.class);
            kernel.buddy().compactMemory(0);
            assertThat(finished.pfns()[0]).as("others move").isNotEqualTo(pfns.get(0));
            assertThat(blob.pfns()).containsExactly(pfns.get(1), pfns.get(3), free);
            frames.free(finished);
            for (int at = 1; at < pfns.size(); at += 2) {
                kernel.pages().freePages(pfns.get(at), 0);
            }
            kernel.drainAllPages();
            assertThat(kernel.pagesInUse()).isZero();
            assertThat(kernel.validate()).isEmpty();
        }
    }
}
