package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappingBudgetTest {
    private long others = 300;

    private final ProcessMappings process = new ProcessMappings() {
        @Override
        public long limit() {
            return 65_530;
        }

        @Override
        public long count() {
            return others;
        }
    };

    @Test
    void isHalfOfWhatTheProcessHasLeft() {
        assertThat(new MappingBudget(process, Long.MAX_VALUE).max()).isEqualTo(32_615);
        assertThat(new MappingBudget(process, 1000).max()).isEqualTo(1000);
        others = 70_000;
        assertThat(new MappingBudget(process, 1000).max()).isZero();
    }

    @Test
    void givesAllOrNothing() {
        MappingBudget budget = new MappingBudget(process, 10);
        assertThat(budget.tryTake(8)).isTrue();
        assertThat(budget.tryTake(3)).isFalse();
        assertThat(budget.used()).isEqualTo(8);
        budget.give(1);
        assertThat(budget.tryTake(3)).isTrue();
        assertThat(budget).hasToString("10 of 10 are in use; the process may have 65530, see vm.max_map_count");
    }

    /** A second reserve, or the JVM, has mapped since the budget was made. */
    @Test
    void countsTheProcessAgainAsItGrows() {
        MappingBudget budget = new MappingBudget(process, Long.MAX_VALUE);
        assertThat(budget.tryTake(MappingBudget.STEP)).isTrue();
        others = 48_000;
        assertThat(budget.tryTake(1)).isFalse();
        assertThat(budget.used()).isEqualTo(MappingBudget.STEP);
        others = 4_400;
        assertThat(budget.tryTake(1)).isTrue();
        others = 48_000;
        assertThat(budget.tryTake(MappingBudget.STEP))
                .as("looked at just before")
                .isTrue();
        assertThat(budget.tryTake(1)).isFalse();
    }

    @Test
    void readsWhatTheHostSays(@TempDir Path folder) throws Exception {
        Path limit = Files.writeString(folder.resolve("limit"), "1234\n");
        Path maps = Files.writeString(folder.resolve("maps"), "a\nb\nc\n");
        assertThat(ProcessMappings.of(limit, maps).limit()).isEqualTo(1234);
        assertThat(ProcessMappings.of(limit, maps).count()).isEqualTo(3);
        Path missing = folder.resolve("missing");
        assertThat(ProcessMappings.of(missing, missing).limit()).isEqualTo(65_530);
        assertThat(ProcessMappings.of(maps, missing).limit()).isEqualTo(65_530);
        assertThat(ProcessMappings.of(limit, missing).count()).isZero();
    }
}
