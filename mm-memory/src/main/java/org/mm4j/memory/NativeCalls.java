package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;

/**
 * The calls of the host's C library, one method each: plain numbers in, and a {@link HostMemoryException} with the
 * values and the error number when the host refuses.
 *
 * <p>Nothing here knows whether a file descriptor or an address is still the caller's: the caller keeps them alive for
 * the length of a call. Any thread may call anything. A call costs the system call and a small native allocation for its errno.
 *
 * <p>The constants are those of Linux on 64-bit machines; elsewhere there are no native calls.
 */
final class NativeCalls {
    static final int MFD_CLOEXEC = 1;

    static final int PROT_NONE = 0;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_FIXED = 0x10;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;

    static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int FALLOC_FL_PUNCH_HOLE = 2;

    static final int MADV_HUGEPAGE = 14;

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    /** struct statx is laid out alike on all machines, which struct stat is not. */
    private static final int AT_EMPTY_PATH = 0x1000;

    private static final int STATX_BLOCKS = 0x400;
    private static final int STATX_BYTES = 256;
    private static final int STX_BLOCKS_OFFSET = 48;
    private static final int BLOCK_BYTES = 512;

    private final Linker linker;
    private final SymbolLookup library;
    private final Linker.Option capture = Linker.Option.captureCallState("errno");
    private final StructLayout state = Linker.Option.captureStateLayout();
    private final long errnoOffset = state.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private final MethodHandle memfdCreate;
    private final MethodHandle ftruncate;
    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle fallocate;
    private final MethodHandle madvise;
    private final MethodHandle statx;
    private final MethodHandle lseek;
    private final MethodHandle close;

    /**
     * The calls of the host.
     *
     * @throws UnsupportedOperationException when the host has them not, or the JVM may not call them
     */
    static NativeCalls ofHost() {
        return of(System.getProperty("os.name", ""), null);
    }

    /** The calls of {@code library} on the operating system {@code system}; null: the C library of the host. */
    static NativeCalls of(String system, @Nullable SymbolLookup library) {
        if (!system.equals("Linux")) {
            throw noMemfd("the operating system is '" + system + "', not Linux", null);
        }
        if (ADDRESS.byteSize() != Long.BYTES) {
            throw noMemfd("addresses have " + ADDRESS.byteSize() + " bytes, not 8", null);
        }
        try {
            Linker linker = linker();
            return new NativeCalls(linker, library == null ? linker.defaultLookup() : library);
        } catch (IllegalCallerException e) {
            throw noMemfd("native access is off; start Java with --enable-native-access=" + module(), e);
        }
    }

    private static Linker linker() {
        try {
            return Linker.nativeLinker();
        } catch (UnsupportedOperationException e) {
            throw noMemfd("the JDK has no native linker for it", e);
        }
    }

    /** What to enable native access for. */
    static String module() {
        Module module = NativeCalls.class.getModule();
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }

    /** What every caller throws where a memfd cannot be had at all. */
    static UnsupportedOperationException noMemfd(String reason, @Nullable Throwable cause) {
        return new UnsupportedOperationException("there is no memfd on this host: " + reason, cause);
    }

    private NativeCalls(Linker linker, SymbolLookup library) {
        this.linker = linker;
        this.library = library;
        memfdCreate = link("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
        ftruncate = link("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
        mmap = link("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
        munmap = link("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
        fallocate = link("fallocate", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        madvise = link("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
        statx = link("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
        lseek = link("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
        close = link("close", JAVA_INT, JAVA_INT);
        checkPageSize();
    }

    /** A new memory file of 0 bytes. */
    int memfdCreate(String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            return (int) call(
                    () -> "memfd_create of '" + name + "'", errno -> (int) memfdCreate.invokeExact(errno, text, flags));
        }
    }

    /** Sets the size of a file. */
    void ftruncate(int fd, long bytes) {
        call(() -> "ftruncate to " + bytes + " bytes", errno -> (int) ftruncate.invokeExact(errno, fd, bytes));
    }

    /** Maps a part of a file; {@code hint} is 0, or the address when the flags demand one. Gives the address. */
    long mmap(long hint, long bytes, int protection, int flags, int fd, long offset) {
        return call(() -> "mmap of " + bytes + " bytes at offset " + offset, errno ->
                (long) mmap.invokeExact(errno, hint, bytes, protection, flags, fd, offset));
    }

    /** Ends the mappings in an address range. */
    void munmap(long address, long bytes) {
        call(() -> "munmap of " + bytes + " bytes at address " + hex(address), errno ->
                (int) munmap.invokeExact(errno, address, bytes));
    }

    /** Changes how a file's range is backed. */
    void fallocate(int fd, int mode, long offset, long bytes) {
        call(() -> "fallocate in mode " + mode + " of " + bytes + " bytes at offset " + offset, errno ->
                (int) fallocate.invokeExact(errno, fd, mode, offset, bytes));
    }

    /** Gives advice about mapped pages. */
    void madvise(long address, long bytes, int advice) {
        call(() -> "madvise " + advice + " of " + bytes + " bytes at address " + hex(address), errno ->
                (int) madvise.invokeExact(errno, address, bytes, advice));
    }

    /** Bytes that the host keeps for a file, in memory or swapped out. */
    long statxBytes(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("");
            MemorySegment stat = arena.allocate(STATX_BYTES, Long.BYTES);
            call(() -> "statx of file descriptor " + fd, errno ->
                    (int) statx.invokeExact(errno, fd, path, AT_EMPTY_PATH, STATX_BLOCKS, stat));
            return stat.get(JAVA_LONG, STX_BLOCKS_OFFSET) * BLOCK_BYTES;
        }
    }

    /** The first byte from {@code offset} on that the host keeps for a file; {@code end} when there is none before that. */
    long nextData(int fd, long offset, long end) {
        try {
            return Math.min(end, lseek(fd, offset, SEEK_DATA));
        } catch (HostMemoryException e) {
            if (e.errno() == Errno.ENXIO) { // only holes from here on
                return end;
            }
            throw e;
        }
    }

    /** The first byte from {@code offset} on that the host keeps nothing for; {@code end} when there is none before that. */
    long nextHole(int fd, long offset, long end) {
        return Math.min(end, lseek(fd, offset, SEEK_HOLE));
    }

    private long lseek(int fd, long offset, int whence) {
        return call(() -> "lseek " + whence + " from offset " + offset, errno ->
                (long) lseek.invokeExact(errno, fd, offset, whence));
    }

    /** Closes a file descriptor. */
    void close(int fd) {
        call(() -> "close of file descriptor " + fd, errno -> (int) close.invokeExact(errno, fd));
    }

    private void checkPageSize() {
        MethodHandle getpagesize = link("getpagesize", JAVA_INT);
        long bytes = call(() -> "getpagesize", errno -> (int) getpagesize.invokeExact(errno));
        if (bytes != PageFrame.PAGE_SIZE) {
            throw noMemfd("its pages have " + bytes + " bytes, not " + PageFrame.PAGE_SIZE, null);
        }
    }

    private MethodHandle link(String name, MemoryLayout result, MemoryLayout... arguments) {
        MemorySegment symbol =
                library.find(name).orElseThrow(() -> noMemfd("its C library has no function " + name, null));
        return linker.downcallHandle(symbol, FunctionDescriptor.of(result, arguments), capture);
    }

    /** One call of a C function, which leaves its error number in {@code errno}. */
    @FunctionalInterface
    private interface Call {
        long invoke(MemorySegment errno) throws Throwable;
    }

    private long call(Supplier<String> what, Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(state);
            long result = call.invoke(errno);
            if (result == -1) {
                int number = errno.get(JAVA_INT, errnoOffset);
                throw new HostMemoryException(what.get() + " failed with " + Errno.text(number), number);
            }
            return result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a native call throws no checked exception", e);
        }
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
