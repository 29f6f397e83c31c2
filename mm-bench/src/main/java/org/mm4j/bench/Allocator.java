package org.mm4j.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.mm4j.slab.SlabEngineKind;

/** Who is measured. Those that are libraries of the host are left out where it has none. */
public enum Allocator {
    CACHE_CPU_SLAB(places -> KernelPlaces.ofCache(SlabEngineKind.CPU_SLAB, places)),
    CACHE_SHEAVES(places -> KernelPlaces.ofCache(SlabEngineKind.SHEAVES, places)),
    CACHE_OWNED(places -> KernelPlaces.ofCache(SlabEngineKind.OWNED, places)),
    KMALLOC_CPU_SLAB(places -> KernelPlaces.ofKmalloc(SlabEngineKind.CPU_SLAB, places)),
    KMALLOC_SHEAVES(places -> KernelPlaces.ofKmalloc(SlabEngineKind.SHEAVES, places)),
    KMALLOC_OWNED(places -> KernelPlaces.ofKmalloc(SlabEngineKind.OWNED, places)),
    MALLOC(NativeLibrary.HOST),
    MIMALLOC(NativeLibrary.MIMALLOC),
    JEMALLOC(NativeLibrary.JEMALLOC),
    TCMALLOC(NativeLibrary.TCMALLOC),
    NETTY_ADAPTIVE(NettyPlaces::adaptive),
    NETTY_POOLED(NettyPlaces::pooled);

    private final IntFunction<Places> maker;
    private final @Nullable NativeLibrary library;

    Allocator(IntFunction<Places> maker) {
        this.maker = maker;
        library = null;
    }

    Allocator(NativeLibrary library) {
        this.maker = places -> new NativePlaces(library, places);
        this.library = library;
    }

    /** So many empty places, filled by this allocator. */
    Places places(int places) {
        return maker.apply(places);
    }

    boolean isPresent() {
        return library == null || library.isPresent();
    }

    /** Whether it has objects of 64 bytes only. */
    boolean isOfOneSize() {
        return name().startsWith("CACHE_");
    }

    static String[] present() {
        return names(Allocator::isPresent);
    }

    static String[] presentOfAnySize() {
        return names(each -> each.isPresent() && !each.isOfOneSize());
    }

    private static String[] names(Predicate<Allocator> wanted) {
        return Arrays.stream(values()).filter(wanted).map(Enum::name).toArray(String[]::new);
    }

    /** What to install for those that are not here; empty when all are. */
    static Optional<String> missing() {
        List<String> absent = Arrays.stream(values())
                .filter(each -> !each.isPresent())
                .map(Enum::name)
                .toList();
        return absent.isEmpty()
                ? Optional.empty()
                : Optional.of("Not on this host, and left out: " + String.join(", ", absent)
                        + ". Debian has them as libmimalloc2.0, libjemalloc2, libtcmalloc-minimal4.");
    }
}
