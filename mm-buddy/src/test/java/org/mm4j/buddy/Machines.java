package org.mm4j.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mm4j.api.ZoneType;

/** Makes allocators for a test, and when the test is over demands that none of them is broken. */
final class Machines implements AfterEachCallback {
    /** No reserve worth mentioning, but boosts as large as a pageblock. */
    static final ZoneSettings BOOSTING =
            ZoneSettings.NO_RESERVES.withMinFreeKbytes(4).withWatermarkBoostFactor(15_000);

    private final List<Machine> made = new ArrayList<>();

    /** The first pfn of {@link #ofFrames}. */
    static final long START = BuddyConfig.FIRST_PFN;

    Machine of(BuddyConfig config) {
        Machine machine = new Machine(config);
        made.add(machine);
        return machine;
    }

    /** One node with the given zones and without reserves. */
    Machine ofZones(ZoneLayout... zones) {
        return of(BuddyConfig.ofNodes(NodeLayout.of(1, zones)).withSettings(ZoneSettings.NO_RESERVES));
    }

    /** One zone without reserves. */
    Machine ofFrames(long frames) {
        return of(BuddyConfig.ofFrames(frames));
    }

    /** One zone that is boosted by a pageblock as soon as somebody tries to claim one. */
    Machine boosting(long frames) {
        return of(BuddyConfig.ofFrames(frames).withSettings(BOOSTING));
    }

    static ZoneLayout normal(long startPfn, long endPfn) {
        return ZoneLayout.of(ZoneType.NORMAL, startPfn, endPfn);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        for (Machine machine : made) {
            assertThat(machine.allocator.validate()).as("what validate() finds").isEmpty();
        }
    }
}
