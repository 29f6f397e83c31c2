package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChargeCounterTest {
    private final ChargeCounter root = new ChargeCounter(null);
    private final ChargeCounter middle = new ChargeCounter(root);
    private final ChargeCounter leaf = new ChargeCounter(middle);
    private final ChargeCounter sibling = new ChargeCounter(middle);

    private void usagesAre(long ofRoot, long ofMiddle, long ofLeaf, long ofSibling) {
        assertThat(new long[] {root.usage(), middle.usage(), leaf.usage(), sibling.usage()})
                .containsExactly(ofRoot, ofMiddle, ofLeaf, ofSibling);
    }

    @Test
    void aChargeCountsForAllAncestorsAndGoesBackFromAll() {
        assertThat(leaf.tryCharge(10)).isNull();
        assertThat(sibling.tryCharge(5)).isNull();
        usagesAre(15, 15, 10, 5);

        leaf.uncharge(10);
        usagesAre(5, 5, 0, 5);
        assertThat(leaf.peak()).isEqualTo(10);
        assertThat(root.peak()).isEqualTo(15);
    }

    @Test
    void theAncestorThatIsFullIsNamedAndNothingIsLeftBelowIt() {
        middle.setMax(100);
        leaf.setMax(50);
        assertThat(sibling.tryCharge(90)).isNull();

        assertThat(leaf.tryCharge(51)).isSameAs(leaf);
        assertThat(leaf.tryCharge(11)).isSameAs(middle);
        usagesAre(90, 90, 0, 90);
        assertThat(leaf.tryCharge(10)).as("exactly what is left").isNull();
        usagesAre(100, 100, 10, 90);
        assertThat(middle.margin()).isZero();
    }

    @Test
    void whatMustBeIsChargedOverTheLimitAndThenThereIsNoMargin() {
        leaf.setMax(10);
        leaf.charge(25);

        usagesAre(25, 25, 25, 0);
        assertThat(leaf.margin()).isZero();
        assertThat(leaf.tryCharge(1)).isSameAs(leaf);
    }

    @Test
    void aLimitBelowTheUsageIsSetAndTold() {
        leaf.charge(25);
        assertThat(leaf.setMax(10)).isEqualTo(25);
        assertThat(leaf.max()).isEqualTo(10);
    }

    @Test
    void threadsNeverPassALimitTogetherAndLeaveNothing() {
        middle.setMax(7);
        Together crowd = new Together();
        for (int thread = 0; thread < 4; thread++) {
            ChargeCounter own = thread % 2 == 0 ? leaf : sibling;
            crowd.add(() -> chargeOften(own));
        }
        crowd.join();
        usagesAre(0, 0, 0, 0);
        assertThat(middle.peak()).isBetween(1L, 7L);
    }

    private void chargeOften(ChargeCounter own) {
        for (int round = 0; round < 50_000; round++) {
            if (own.tryCharge(3) == null) {
                own.uncharge(3);
            }
        }
    }
}
