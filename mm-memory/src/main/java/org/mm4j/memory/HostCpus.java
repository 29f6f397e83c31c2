package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;

/**
 * What the host knows of CPUs: which one runs the calling thread, and a barrier on all of them at once. Both are there
 * on Linux, when the JVM may call native code; elsewhere {@link CpuSource#BY_THREAD} and {@link
 * AsymmetricBarrier#FENCES} do.
 *
 * <p>In Linux 6.18: getcpu(2), membarrier(2).
 */
public final class HostCpus {
    private static final int MEMBARRIER_CMD_QUERY = 0;
    private static final int MEMBARRIER_CMD_PRIVATE_EXPEDITED = 1 << 3;
    private static final int MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 1 << 4;

    private HostCpus() {}

    /** The CPU that runs the calling thread, by the C library's sched_getcpu(); a few nanoseconds. */
    public static Optional<CpuSource> schedGetcpu() {
        MethodHandle handle = link("sched_getcpu", FunctionDescriptor.of(JAVA_INT), Linker.Option.critical(false));
        return handle == null ? Optional.empty() : Optional.of(new SchedGetcpu(handle));
    }

    /**
     * A barrier whose light side costs nothing but what it keeps the compiler from doing, and whose heavy side
     * interrupts every CPU that runs a thread of this process: some microseconds. Only on HotSpot, whose compilers are
     * known not to move a load above the light side.
     */
    public static Optional<AsymmetricBarrier> membarrier() {
        long number = isHotSpot() ? membarrierNumber(System.getProperty("os.arch", "")) : -1;
        FunctionDescriptor types = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT);
        MethodHandle handle = number < 0 ? null : link("syscall", types, Linker.Option.firstVariadicArg(1));
        if (handle == null) {
            return Optional.empty();
        }
        Membarrier barrier = new Membarrier(handle, number);
        boolean isKnown = (barrier.call(MEMBARRIER_CMD_QUERY) & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0
                && barrier.call(MEMBARRIER_CMD_QUERY) > 0;
        return isKnown && barrier.call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0
                ? Optional.of(barrier)
                : Optional.empty();
    }

    private static boolean isHotSpot() {
        String name = System.getProperty("java.vm.name", "");
        return name.startsWith("OpenJDK ") || name.startsWith("Java HotSpot(TM) ");
    }

    private static long membarrierNumber(String arch) {
        return switch (arch) {
            case "amd64", "x86_64" -> 324;
            case "aarch64" -> 283;
            default -> -1;
        };
    }

    /** A function of the C library, or null where it cannot be called. */
    private static @Nullable MethodHandle link(String name, FunctionDescriptor types, Linker.Option option) {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return null;
        }
        try {
            Linker linker = Linker.nativeLinker();
            Optional<MemorySegment> symbol = linker.defaultLookup().find(name);
            return symbol.isPresent() ? linker.downcallHandle(symbol.get(), types, option) : null;
        } catch (UnsupportedOperationException | IllegalCallerException e) {
            return null; // no linker, or no native access: the portable way does
        }
    }

    private record SchedGetcpu(MethodHandle handle) implements CpuSource {
        @Override
        public int cpu(int cpus) {
            try {
                int cpu = (int) handle.invokeExact();
                return cpu < 0 ? 0 : cpu % cpus;
            } catch (RuntimeException | Error e) {
                throw e; // the JVM's own: its stack is at the end
            } catch (Throwable e) {
                throw new AssertionError("sched_getcpu throws nothing", e);
            }
        }
    }

    /**
     * The kernel sees to it that between the start and the end of the call every running thread of the process has gone
     * through a full fence; a thread that does not run goes through one when it is switched. So the light side needs no
     * fence of the CPU, only that the compiler keeps the order of what is before and behind it.
     *
     * <p>Java has no fence for the compiler alone. The specification lets a load rise above a release and an acquire fence
     * if a store stands before them; HotSpot does not do it: to its compilers every fence, and every opaque access by a
     * handle, is a barrier that no access to the heap crosses. The two fences of the light side are no instructions on
     * x86-64.
     */
    private record Membarrier(MethodHandle handle, long number) implements AsymmetricBarrier {
        @Override
        public void light() {
            VarHandle.releaseFence();
            VarHandle.acquireFence();
        }

        @Override
        public void heavy() {
            VarHandle.fullFence();
            long result = call(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
            if (result != 0) {
                throw new IllegalStateException("membarrier failed with " + result + " after it was registered");
            }
            VarHandle.fullFence();
        }

        @Override
        public String kind() {
            return "membarrier";
        }

        private long call(int command) {
            try {
                return (long) handle.invokeExact(number, command, 0, 0);
            } catch (RuntimeException | Error e) {
                throw e; // the JVM's own: its stack is at the end
            } catch (Throwable e) {
                throw new AssertionError("membarrier throws nothing", e);
            }
        }
    }
}
