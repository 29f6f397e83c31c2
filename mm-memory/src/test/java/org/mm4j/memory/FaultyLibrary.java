package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The C library of the host, some of whose functions are missing, fail, or answer something else. */
final class FaultyLibrary implements SymbolLookup, AutoCloseable {
    private final Linker linker = Linker.nativeLinker();
    private final Arena arena = Arena.ofShared();
    private final Map<String, Optional<MemorySegment>> faults = new HashMap<>();
    private final MethodHandle errnoLocation = linker.downcallHandle(
            linker.defaultLookup().findOrThrow("__errno_location"),
            FunctionDescriptor.of(ADDRESS.withTargetLayout(JAVA_INT)));

    @Override
    public Optional<MemorySegment> find(String name) {
        Optional<MemorySegment> fault = faults.get(name);
        return fault == null ? linker.defaultLookup().find(name) : fault;
    }

    /** The library has no such function. */
    FaultyLibrary without(String name) {
        faults.put(name, Optional.empty());
        return this;
    }

    /** {@code function} returns {@code answer} and leaves {@code errno}, whatever it is called with. */
    FaultyLibrary answering(Function function, long answer, int errno) {
        MethodHandle handle = MethodHandles.insertArguments(ANSWER.bindTo(this), 0, answer, errno);
        MethodType type = function.descriptor.toMethodType();
        handle = handle.asType(MethodType.methodType(long.class));
        handle = MethodHandles.explicitCastArguments(handle, MethodType.methodType(type.returnType()));
        handle = MethodHandles.dropArguments(handle, 0, type.parameterList());
        faults.put(function.name(), Optional.of(linker.upcallStub(handle, function.descriptor, arena)));
        return this;
    }

    /** {@code function} fails with {@code errno}. */
    FaultyLibrary failing(Function function, int errno) {
        return answering(function, -1, errno);
    }

    /** {@code function} does what it does, but fails with {@code errno} whenever the condition says so. */
    FaultyLibrary failingWhen(BooleanSupplier condition, Function function, int errno) {
        MethodType type = function.descriptor.toMethodType();
        MethodHandle real =
                linker.downcallHandle(linker.defaultLookup().findOrThrow(function.name()), function.descriptor);
        MethodHandle fails = MethodHandles.dropArguments(CONDITION.bindTo(condition), 0, type.parameterList());
        MethodHandle failure = MethodHandles.explicitCastArguments(
                MethodHandles.insertArguments(ANSWER.bindTo(this), 0, -1L, errno),
                MethodType.methodType(type.returnType()));
        MethodHandle either =
                MethodHandles.guardWithTest(fails, MethodHandles.dropArguments(failure, 0, type.parameterList()), real);
        faults.put(function.name(), Optional.of(linker.upcallStub(either, function.descriptor, arena)));
        return this;
    }

    @Override
    public void close() {
        arena.close();
    }

    private static final MethodHandle CONDITION = conditionHandle();

    private static MethodHandle conditionHandle() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(BooleanSupplier.class, "getAsBoolean", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static final MethodHandle ANSWER = answerHandle();

    private static MethodHandle answerHandle() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(
                            FaultyLibrary.class, "answer", MethodType.methodType(long.class, long.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private long answer(long answer, int errno) {
        try {
            ((MemorySegment) errnoLocation.invokeExact()).set(JAVA_INT, 0, errno);
            return answer;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The functions that can fail, as C declares them. */
    @SuppressWarnings("ImmutableEnumChecker") // a descriptor does not change
    enum Function {
        memfd_create(JAVA_INT, ADDRESS, JAVA_INT),
        ftruncate(JAVA_INT, JAVA_INT, JAVA_LONG),
        mmap(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
        munmap(JAVA_INT, JAVA_LONG, JAVA_LONG),
        fallocate(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
        madvise(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT),
        statx(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS),
        lseek(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT),
        getpagesize(JAVA_INT);

        final FunctionDescriptor descriptor;

        Function(MemoryLayout result, MemoryLayout... arguments) {
            descriptor = FunctionDescriptor.of(result, arguments);
        }
    }
}
