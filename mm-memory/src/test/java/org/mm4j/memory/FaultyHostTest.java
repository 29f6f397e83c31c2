package org.mm4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.memory.FaultyLibrary.Function.fallocate;
import static org.mm4j.memory.FaultyLibrary.Function.ftruncate;
import static org.mm4j.memory.FaultyLibrary.Function.getpagesize;
import static org.mm4j.memory.FaultyLibrary.Function.lseek;
import static org.mm4j.memory.FaultyLibrary.Function.madvise;
import static org.mm4j.memory.FaultyLibrary.Function.memfd_create;
import static org.mm4j.memory.FaultyLibrary.Function.mmap;
import static org.mm4j.memory.FaultyLibrary.Function.munmap;
import static org.mm4j.memory.FaultyLibrary.Function.statx;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.PhysicalMemory;

/** Hosts that lack a call or refuse it, at every step. */
@EnabledOnOs(OS.LINUX)
class FaultyHostTest {
    private static final long BYTES = 1L << 20;

    private final FaultyLibrary library = new FaultyLibrary();

    @AfterEach
    void close() {
        library.close();
    }

    private PhysicalMemory reserve(BackEnd backEnd) {
        MemoryOptions options =
                MemoryOptions.defaults().withBytes(BYTES).withBackEnd(backEnd).withHugePages(true);
        return HostMemory.reserve(options, null, () -> NativeCalls.of("Linux", library));
    }

    private void assertNothingIsLeft() {
        assertThat(ProcSelf.memfdMappings()).isZero();
        assertThat(ProcSelf.memfdDescriptors()).isZero();
    }

    private void assertNoMemfd(String reason) {
        assertThatThrownBy(() -> reserve(BackEnd.MEMFD))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("there is no memfd on this host: " + reason);
        try (PhysicalMemory memory = reserve(BackEnd.AUTO)) {
            assertThat(memory.kind()).isEqualTo("arena");
            assertThat(memory.directMap().get(JAVA_BYTE, BYTES - 1)).isZero();
        }
        assertNothingIsLeft();
    }

    private void assertRefused(String sentence, int errno) {
        for (BackEnd backEnd : new BackEnd[] {BackEnd.MEMFD, BackEnd.AUTO}) {
            assertThatThrownBy(() -> reserve(backEnd))
                    .isInstanceOfSatisfying(
                            HostMemoryException.class,
                            e -> assertThat(e.errno()).isEqualTo(errno))
                    .hasMessage(sentence);
        }
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"memfd_create", "ftruncate", "mmap", "munmap", "fallocate", "madvise", "statx", "lseek", "close"
            })
    void aMissingFunctionMeansNoMemfd(String function) {
        library.without(function);
        assertNoMemfd("its C library has no function " + function);
    }

    @Test
    void pagesOfAnotherSizeMeanNoMemfd() {
        library.answering(getpagesize, 65536, 0);
        assertNoMemfd("its pages have 65536 bytes, not 4096");
    }

    @Test
    void aForbiddenMemfdMeansNoMemfd() {
        library.failing(memfd_create, Errno.EPERM);
        assertNoMemfd("it forbids them with EPERM (1)");
        library.failing(memfd_create, Errno.EACCES);
        assertNoMemfd("it forbids them with EACCES (13)");
        library.failing(memfd_create, Errno.ENOSYS);
        assertNoMemfd("it forbids them with ENOSYS (38)");
    }

    @Test
    void aRefusedMemfdIsAnErrorAndNoReasonForAnArena() {
        library.failing(memfd_create, Errno.EMFILE);
        assertRefused("memfd_create of 'mm4j' failed with EMFILE (24)", 24);
    }

    @Test
    void aRefusedSizeLeavesNoDescriptor() {
        library.failing(ftruncate, Errno.EFBIG);
        assertRefused("ftruncate to 1048576 bytes failed with EFBIG (27)", 27);
    }

    @Test
    void aRefusedMapLeavesNoDescriptor() {
        library.failing(mmap, Errno.ENOMEM);
        assertRefused("mmap of 1048576 bytes at offset 0 failed with ENOMEM (12)", 12);
    }

    /** The memory's own assertion refuses the address after the map was made, so the map has to be undone. */
    @Test
    void aMapThatCannotBecomeAMemoryIsUnmapped() {
        library.answering(mmap, 1, 0);
        assertThatThrownBy(() -> reserve(BackEnd.MEMFD))
                .isInstanceOf(AssertionError.class)
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement(InstanceOfAssertFactories.THROWABLE)
                        .hasMessage("munmap of 1048576 bytes at address 0x1 failed with EINVAL (22)"));
        assertNothingIsLeft();
    }

    @Test
    void aBrokenAdviceLeavesNothing() {
        library.failing(madvise, 71);
        for (BackEnd backEnd : new BackEnd[] {BackEnd.MEMFD, BackEnd.AUTO}) {
            assertThatThrownBy(() -> reserve(backEnd))
                    .isInstanceOf(HostMemoryException.class)
                    .hasMessageStartingWith("madvise 14 of 1048576 bytes at address 0x")
                    .hasMessageEndingWith(" failed with errno 71");
        }
        assertNothingIsLeft();
    }

    @Test
    void aKernelWithoutHugePagesIsNoError() {
        library.failing(madvise, Errno.EINVAL);
        try (PhysicalMemory memory = reserve(BackEnd.MEMFD)) {
            assertThat(memory.adviseHugePages(0, BYTES)).isFalse();
            assertThat(memory.kind()).isEqualTo("memfd");
        }
    }

    @Test
    void aRefusedHoleIsToldWithItsValues() {
        library.failing(fallocate, Errno.EOPNOTSUPP).failing(statx, Errno.EBADF);
        try (PhysicalMemory memory = reserve(BackEnd.MEMFD)) {
            memory.directMap().set(JAVA_BYTE, 4096, (byte) 42);
            assertThatThrownBy(() -> memory.punchHole(4096, 8192))
                    .isInstanceOf(HostMemoryException.class)
                    .hasMessage("fallocate in mode 3 of 8192 bytes at offset 4096 failed with EOPNOTSUPP (95)");
            assertThatThrownBy(memory::bytesCommitted)
                    .isInstanceOf(HostMemoryException.class)
                    .hasMessageStartingWith("statx of file descriptor ")
                    .hasMessageEndingWith(" failed with EBADF (9)");
            assertThat(memory.directMap().get(JAVA_BYTE, 4096)).isEqualTo((byte) 42);
        }
        assertNothingIsLeft();
    }

    @Test
    void aRefusedSearchIsToldBeforeAnythingGoesBack() {
        library.failing(lseek, Errno.EINVAL);
        try (PhysicalMemory memory = reserve(BackEnd.MEMFD)) {
            memory.directMap().set(JAVA_BYTE, 4096, (byte) 42);
            assertThatThrownBy(() -> memory.punchHole(4096, 8192))
                    .isInstanceOf(HostMemoryException.class)
                    .hasMessage("lseek 3 from offset 4096 failed with EINVAL (22)");
            assertThat(memory.directMap().get(JAVA_BYTE, 4096)).isEqualTo((byte) 42);
            assertThat(memory.bytesReturned()).isZero();
        }
        assertNothingIsLeft();
    }

    @Test
    void anEndThatFailsHalfwayStillClosesTheDescriptorAndIsTheEnd() {
        library.failing(munmap, Errno.ENOMEM);
        PhysicalMemory memory = reserve(BackEnd.MEMFD);
        long address = memory.directMapAddress();
        assertThatThrownBy(memory::close)
                .isInstanceOf(HostMemoryException.class)
                .hasMessage("munmap of 1048576 bytes at address 0x" + Long.toHexString(address)
                        + " failed with ENOMEM (12)");
        assertThat(ProcSelf.memfdDescriptors()).isZero();
        memory.close();
        assertThatThrownBy(memory::directMap).isInstanceOf(IllegalStateException.class);
        NativeCalls.ofHost().munmap(address, BYTES);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mac OS X", "Windows 11", "FreeBSD", ""})
    void anotherSystemMeansNoMemfd(String system) {
        MemoryOptions options = MemoryOptions.defaults().withBytes(BYTES);
        assertThatThrownBy(() -> HostMemory.reserve(
                        options.withBackEnd(BackEnd.MEMFD), null, () -> NativeCalls.of(system, null)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("there is no memfd on this host: the operating system is '" + system + "', not Linux");
        try (PhysicalMemory memory = HostMemory.reserve(options, null, () -> NativeCalls.of(system, null))) {
            assertThat(memory.kind()).isEqualTo("arena");
        }
    }
}
