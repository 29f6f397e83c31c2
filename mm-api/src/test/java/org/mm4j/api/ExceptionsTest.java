package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;

/** What callers are told, and what they can catch. */
class ExceptionsTest {
    @Test
    void badFlagsAreToldByName() {
        assertThat(new BadGfpException(Gfp.GFP_KERNEL | Gfp.__GFP_ZERO, "there is no memory to zero"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the request flags are GFP_KERNEL|__GFP_ZERO, but there is no memory to zero");
    }

    @Test
    void aNumberThatIsNoneKeepsItsCause() {
        assertThat(catchThrowable(() -> Gfp.parse("0xfoo")))
                .isInstanceOf(BadGfpException.class)
                .hasMessage("\"0xfoo\" in \"0xfoo\" is no number of 32 bits")
                .hasCauseInstanceOf(NumberFormatException.class);
    }

    @Test
    void aBadPageIsNamed() {
        BadPageException refused = new BadPageException(42, "page frame 42 is free already");
        assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessage("page frame 42 is free already");
        assertThat(refused.pfn()).isEqualTo(42);
    }

    @Test
    void aFailureTellsItsReason() {
        assertThat(new AllocationFailure("no block of order 3"))
                .isInstanceOf(RuntimeException.class)
                .isNotInstanceOf(IllegalArgumentException.class)
                .hasMessage("no block of order 3");
    }
}
