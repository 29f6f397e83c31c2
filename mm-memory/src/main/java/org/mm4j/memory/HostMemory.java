package org.mm4j.memory;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageFrame;
import org.mm4j.api.PhysicalMemory;

/**
 * The host's memory: the place where a {@link PhysicalMemory} comes from.
 *
 * <p>The back end is what {@link MemoryOptions#backEnd()} says. Where that is {@link BackEnd#AUTO}, the system property
 * {@code mm4j.memory}, {@code memfd} or {@code arena}, decides; without it a memfd is taken, and an arena only where
 * there is none: not on Linux, no native access ({@code --enable-native-access=org.mm4j.memory}), a sandbox that
 * forbids it, or pages of another size than 4096 bytes. {@link PhysicalMemory#kind()} tells which it became. A memfd
 * that is there but refuses the size is an error, never a reason for an arena, which would commit every byte at once.
 *
 * <p>What is reserved belongs to the caller until {@link PhysicalMemory#close()}; nothing else returns it. Closing is
 * refused with an {@link IllegalStateException}, and may be tried again, while a native call or a channel uses a part
 * of the direct map. After it every call but {@code bytes} and {@code kind}, and every access through the map, throws
 * one.
 *
 * <p>Each call is independent, keeps no static state, and may come from any thread.
 *
 * <p>In Linux 6.18: the RAM that the firmware reports, arch/x86/kernel/e820.c.
 */
public final class HostMemory {
    /** The system property that decides where the options say {@link BackEnd#AUTO}. */
    static final String PROPERTY = "mm4j.memory";

    private HostMemory() {}

    /**
     * Reserves {@code bytes} bytes of what the host has, without huge pages.
     *
     * @param bytes a positive multiple of 4096
     * @throws IllegalArgumentException when the size or the property {@code mm4j.memory} is wrong
     * @throws HostMemoryException when the host refuses
     */
    public static PhysicalMemory reserve(long bytes) {
        return reserve(MemoryOptions.defaults().withBytes(bytes));
    }

    /**
     * Reserves what the options ask for. A memfd costs the same whatever its size, three system calls and the linking of
     * the native calls; an arena costs the zeroing of all its bytes.
     *
     * @throws IllegalArgumentException when the property {@code mm4j.memory} is neither {@code memfd} nor {@code arena}
     * @throws UnsupportedOperationException when a memfd is demanded and there is none; the sentence says why
     * @throws HostMemoryException when the host refuses
     */
    public static PhysicalMemory reserve(MemoryOptions options) {
        return reserve(options, System.getProperty(PROPERTY), NativeCalls::ofHost);
    }

    /**
     * Reserves {@code bytes} bytes of virtual addresses, into which frames of {@code memory} can be mapped: real ones over
     * a memfd, numbers over any other memory. Costs a few calls of the host whatever the size.
     *
     * @param bytes a positive multiple of 4096
     * @param mappingsMax how many mappings of the host it may make at most; fewer when the process cannot have as many
     * @throws IllegalArgumentException when the size is wrong
     * @throws HostMemoryException when the host has not so many addresses
     */
    public static AddressReserve reserveAddresses(PhysicalMemory memory, long bytes, long mappingsMax) {
        return reserveAddresses(memory, bytes, mappingsMax, ProcessMappings::ofHost);
    }

    static AddressReserve reserveAddresses(
            PhysicalMemory memory, long bytes, long mappingsMax, Supplier<ProcessMappings> process) {
        if (bytes <= 0 || bytes % PageFrame.PAGE_SIZE != 0) {
            throw new IllegalArgumentException("the size of an address reserve is a positive multiple of "
                    + PageFrame.PAGE_SIZE + " bytes, not " + bytes);
        }
        return memory instanceof MemfdMemory memfd
                ? memfd.reserveAddresses(bytes, new MappingBudget(process.get(), mappingsMax))
                : TranslatedReserve.reserve(memory, bytes);
    }

    static PhysicalMemory reserve(MemoryOptions options, @Nullable String property, Supplier<NativeCalls> host) {
        PhysicalMemory memory = switch (decide(options.backEnd(), property)) {
            case AUTO -> memfdOrArena(options.bytes(), host);
            case MEMFD -> MemfdMemory.reserve(host.get(), options.bytes());
            case ARENA -> ArenaMemory.reserve(options.bytes());
        };
        return options.hugePages() ? advised(memory) : memory;
    }

    private static BackEnd decide(BackEnd asked, @Nullable String property) {
        if (asked != BackEnd.AUTO || property == null) {
            return asked;
        }
        return switch (property) {
            case "memfd" -> BackEnd.MEMFD;
            case "arena" -> BackEnd.ARENA;
            default ->
                throw new IllegalArgumentException(
                        "the system property " + PROPERTY + " is memfd or arena, not '" + property + "'");
        };
    }

    private static PhysicalMemory memfdOrArena(long bytes, Supplier<NativeCalls> host) {
        try {
            return MemfdMemory.reserve(host.get(), bytes);
        } catch (UnsupportedOperationException noMemfd) {
            return ArenaMemory.reserve(bytes);
        }
    }

    private static PhysicalMemory advised(PhysicalMemory memory) {
        try {
            memory.adviseHugePages(0, memory.bytes()); // only advice: a host that does not take it is no error
            return memory;
        } catch (Throwable e) {
            memory.close();
            throw e;
        }
    }
}
