package org.mm4j.lab.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplayVmapsTest {
    private final Numbered<VmapRequest> requests = new Numbered<>();
    private final int stack = requests.count(new VmapRequest(20_480, 16_384));

    @Test
    void areasAsAskedForAreEqual() {
        NaiveVmaps target = new NaiveVmaps();
        ReplayVmaps vmaps = new ReplayVmaps(requests, target);

        long first = vmaps.alloc(stack);
        vmaps.alloc(stack);
        vmaps.free(first);

        assertThat(vmaps.checked()).isEqualTo(new Checked(2, 2));
        assertThat(vmaps.violations()).isEmpty();
        assertThat(target.inUse()).isEqualTo(1);
    }

    @Test
    void anAreaThatOverlapsIsTold() {
        for (long distance : new long[] {-16_384, 0, 16_384}) {
            NaiveVmaps target = new NaiveVmaps() {
                private long last = 1L << 32;

                @Override
                public synchronized long reserve(long bytes, long align) {
                    super.reserve(bytes, align);
                    last += distance;
                    return last;
                }

                @Override
                public long bytesAt(long address) {
                    return 20_480;
                }
            };
            ReplayVmaps vmaps = new ReplayVmaps(requests, target);

            vmaps.alloc(stack);
            vmaps.alloc(stack);

            assertThat(vmaps.checked()).isEqualTo(new Checked(2, 1));
            assertThat(vmaps.violations()).singleElement().asString().endsWith(" of 20480 bytes overlaps another one");
        }
    }

    @Test
    void aWrongSizeOrPlaceIsTold() {
        NaiveVmaps askew = new NaiveVmaps() {
            @Override
            public synchronized long reserve(long bytes, long align) {
                return super.reserve(bytes - 4096, align);
            }
        };
        ReplayVmaps vmaps = new ReplayVmaps(requests, askew);
        vmaps.alloc(stack);
        assertThat(vmaps.violations()).containsExactly("vmap area 0x100000000 of 20480 bytes has 16384 bytes");

        NaiveVmaps unaligned = new NaiveVmaps() {
            @Override
            public synchronized long reserve(long bytes, long align) {
                super.reserve(4096, 4096);
                return super.reserve(bytes, 4096);
            }
        };
        ReplayVmaps others = new ReplayVmaps(requests, unaligned);
        others.alloc(stack);
        assertThat(others.violations())
                .containsExactly("vmap area 0x100001000 of 20480 bytes does not begin at a multiple of 16384");
    }

    @Test
    void noAddressesAreAFailureAndNoViolation() {
        ReplayVmaps vmaps = new ReplayVmaps(requests, new NaiveVmaps() {
            @Override
            public synchronized long reserve(long bytes, long align) {
                return 0;
            }
        });

        assertThat(vmaps.alloc(stack)).isZero();
        assertThat(vmaps.checked()).isEqualTo(Checked.NONE);
    }
}
