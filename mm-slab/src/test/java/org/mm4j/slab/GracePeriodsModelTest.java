package org.mm4j.slab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mm4j.api.AsymmetricBarrier;

/**
 * Every order in which the steps of a reader and of a writer that leads its grace periods can meet. A step is one access
 * of the other's memory, so this is what a machine without store buffers could do; the jcstress tests have the rest.
 */
class GracePeriodsModelTest {
    private static final int SECTIONS = 2;
    private static final int OBJECTS = 2;

    /** How many orders were tried, and in how many an object was freed under the reader. */
    private int orders;

    private int freedUnderReader;

    /** The real class, one reader of one slot, and objects that the writer replaces and frees one after the other. */
    private static final class World {
        private final GracePeriods periods;
        private int current;
        private int freedUpTo = -1;
        private boolean wasFreedUnderReader;

        private int readerStep;
        private int section;
        private int found;

        private int writerStep;
        private long state;

        World(boolean looksForStragglers) {
            periods = new GracePeriods(new ReaderCounts(1), AsymmetricBarrier.FENCES) {
                @Override
                boolean areStragglersGone(int bank) {
                    return !looksForStragglers || super.areStragglersGone(bank);
                }
            };
        }

        boolean isReaderDone() {
            return readerStep == 4 * SECTIONS;
        }

        void read() {
            switch (readerStep++ % 4) {
                case 0 -> section = periods.section(0);
                case 1 -> periods.enterSection(section);
                case 2 -> found = current;
                default -> {
                    wasFreedUnderReader |= found <= freedUpTo;
                    periods.leave(section);
                }
            }
        }

        boolean isWriterDone() {
            return current == OBJECTS && writerStep == 0;
        }

        /** Unlinks, takes a state, steps until it has ended, frees. False when the reader is in the way. */
        boolean write() {
            if (writerStep == 0) {
                current++;
                writerStep = 1;
            } else if (writerStep == 1) {
                state = periods.state();
                writerStep = 2;
            } else if (!periods.hasEnded(state)) {
                return periods.step();
            } else {
                freedUpTo = current - 1;
                writerStep = 0;
            }
            return true;
        }
    }

    @Test
    void noOrderOfStepsFreesAnObjectUnderItsReader() {
        tryAll(true, new boolean[64], 0);

        assertThat(orders).isGreaterThan(50_000);
        assertThat(freedUnderReader).isZero();
    }

    @Test
    void withoutALookAtTheIdleBankSomeOrderDoes() {
        tryAll(false, new boolean[64], 0);

        assertThat(freedUnderReader).isPositive();
    }

    /** Plays the choices again, as the class under test cannot go back, and then tries what can come next. */
    private void tryAll(boolean looksForStragglers, boolean[] isReaders, int steps) {
        World world = new World(looksForStragglers);
        boolean isBlocked = false;
        for (int step = 0; step < steps; step++) {
            if (isReaders[step]) {
                world.read();
                isBlocked = false;
            } else {
                isBlocked = !world.write();
            }
        }
        if (isBlocked) {
            assertThat(world.isReaderDone()).as("somebody can go on").isFalse();
            return; // the writer did nothing: as if the reader had been next
        }
        if (world.isReaderDone() && world.isWriterDone()) {
            orders++;
            freedUnderReader += world.wasFreedUnderReader ? 1 : 0;
            return;
        }
        if (!world.isReaderDone()) {
            isReaders[steps] = true;
            tryAll(looksForStragglers, isReaders, steps + 1);
        }
        if (!world.isWriterDone()) {
            isReaders[steps] = false;
            tryAll(looksForStragglers, isReaders, steps + 1);
        }
    }
}
