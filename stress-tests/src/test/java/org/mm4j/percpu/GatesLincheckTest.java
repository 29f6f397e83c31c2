package org.mm4j.percpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;
import org.mm4j.api.SlotGate;

/**
 * Lincheck tries all switches of threads at the gates: each adds to a plain count inside of slot 0, by entering where it can
 * and by seizing the slot where it cannot. Every addition must see another count. What the machine does to the order of
 * accesses, and with it the barrier, is out of its sight: that is what the jcstress tests are for.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatesLincheckTest {
    /** A count that is touched inside of slot 0 only. */
    public abstract static class Count {
        private int count;

        /** Adds one; what it was. */
        @Operation
        public abstract int add();

        /** Adds one as who drains a slot does; what it was. */
        @Operation
        public abstract int seizeAndAdd();

        /** Enters wherever it can, leaves, and adds nothing. */
        public void visit() {}

        final int addInside() {
            return count++;
        }
    }

    /** What a thread sees when nobody else is there. */
    public static class Alone extends Count {
        @Override
        public int add() {
            return addInside();
        }

        @Override
        public int seizeAndAdd() {
            return addInside();
        }
    }

    /** A count behind a shipped gate. */
    public abstract static class Gated extends Count {
        private final SlotGate gate;

        Gated(SlotGate gate) {
            this.gate = gate;
        }

        @Override
        public int add() {
            int slot = gate.enter();
            if (slot == 0) {
                int before = addInside();
                gate.leave(0);
                return before;
            }
            if (slot != SlotGate.NONE) {
                gate.leave(slot);
            }
            return seizeAndAdd();
        }

        @Override
        public int seizeAndAdd() {
            gate.seize(0);
            int before = addInside();
            gate.release(0);
            return before;
        }

        @Override
        public void visit() {
            int slot = gate.enter();
            if (slot != SlotGate.NONE) {
                gate.leave(slot);
            }
        }
    }

    /** A slot that all share. */
    public static class Shared extends Gated {
        /** A new gate. */
        public Shared() {
            super(new SharedGate(1, CpuSource.fixed(0)));
        }
    }

    /** A slot that the first thread owns. */
    public static class Owned extends Gated {
        /** A new gate. */
        public Owned() {
            super(new OwnedGate(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES));
        }
    }

    /** A slot that a thread owns until another one finds its owner idle; all look for one each time. */
    public static class Inherited extends Gated {
        /** A new gate. */
        public Inherited() {
            super(new OwnedGate(1, CpuSource.fixed(0), AsymmetricBarrier.FENCES, 1));
        }
    }

    /** A gate that looks, and then enters. */
    public static class Loose extends Count {
        private final LooseGate gate = new LooseGate();

        @Override
        public int add() {
            boolean isInside = gate.tryEnter();
            int before = addInside();
            if (isInside) {
                gate.leave();
            }
            return before;
        }

        @Override
        public int seizeAndAdd() {
            return add();
        }
    }

    private static ModelCheckingOptions modelChecking() {
        return new ModelCheckingOptions()
                .logLevel(LoggingLevel.ERROR)
                .iterations(10)
                .invocationsPerIteration(300)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .sequentialSpecification(Alone.class);
    }

    /** All switches of two threads of which each does what it is told. */
    private static ModelCheckingOptions switches(List<String> first, List<String> second) {
        return new ModelCheckingOptions()
                .logLevel(LoggingLevel.ERROR)
                .iterations(0)
                .invocationsPerIteration(2_500)
                .addCustomScenario(new ExecutionScenario(
                        List.of(),
                        Stream.of(first, second).map(GatesLincheckTest::actors).toList(),
                        List.of(),
                        null))
                .sequentialSpecification(Alone.class);
    }

    private static List<Actor> actors(List<String> operations) {
        return operations.stream().map(GatesLincheckTest::actor).toList();
    }

    private static Actor actor(String operation) {
        try {
            return new Actor(Count.class.getMethod(operation), List.of(), false, false, false, false, false);
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    private static StressOptions realThreads() {
        return new StressOptions()
                .logLevel(LoggingLevel.ERROR)
                .iterations(5)
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(4)
                .sequentialSpecification(Alone.class);
    }

    @Test
    void theModelCheckerFindsAGateThatLooksAndThenEnters() {
        assertThatThrownBy(() -> modelChecking().check(Loose.class))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("add");
    }

    @Test
    void theModelCheckerFindsNothingAtASharedSlot() {
        modelChecking().check(Shared.class);
    }

    @Test
    void theModelCheckerFindsNothingAtAnOwnedSlot() {
        modelChecking().check(Owned.class);
    }

    /** Fails when release() gives the lock back before the owner's right: the owner then enters beside who seizes next. */
    @Test
    void anOwnerIsOutsideWhileOneAfterTheOtherSeizesItsSlot() {
        switches(List.of("add", "seizeAndAdd", "add"), List.of("seizeAndAdd")).check(Owned.class);
    }

    /** Fails when takeOver() does not stop the old owner, who may be inside all the same. */
    @Test
    void anOwnerWhoSeemedIdleIsOutsideWhenAnotherTakesItsSlot() {
        switches(List.of("add", "add"), List.of("visit", "add")).check(Inherited.class);
    }

    @Test
    void realThreadsFindNothing() {
        realThreads().check(Shared.class);
        realThreads().check(Owned.class);
    }
}
