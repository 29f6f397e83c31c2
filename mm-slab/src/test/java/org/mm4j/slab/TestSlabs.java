package org.mm4j.slab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.mm4j.api.KernelLog;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneType;
import org.mm4j.buddy.BuddyAllocator;
import org.mm4j.buddy.BuddyConfig;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.buddy.ZoneLayout;
import org.mm4j.buddy.ZoneSettings;

/** A slab allocator under test, over real pages that fail when told so. */
final class TestSlabs {
    static final int FRAMES = 2048;

    final HeapMemory memory;
    final BuddyAllocator pages;
    final KernelLog log = new KernelLog();
    final SlabAllocator slabs;

    /** How many requests for pages go well before those that follow fail; negative: all go well. */
    final AtomicInteger pagesLeft = new AtomicInteger(-1);

    /** How many requests for pages go well before one of them fails, and those behind it go well again; negative: all do. */
    int pagesBeforeFailure = -1;

    /** Whether that one throws an OutOfMemoryError. */
    boolean failsByError;

    private final long pagesFreeAtStart;

    TestSlabs(SlabConfig config) {
        int nodes = config.nodes();
        NodeLayout[] layouts = new NodeLayout[nodes];
        for (int nid = 0; nid < nodes; nid++) {
            long start = BuddyConfig.FIRST_PFN * (1 + 2L * nid);
            layouts[nid] = NodeLayout.of(1, ZoneLayout.of(ZoneType.NORMAL, start, start + FRAMES));
        }
        memory = new HeapMemory(BuddyConfig.FIRST_PFN * (1 + 2L * nodes));
        pages = new BuddyAllocator(BuddyConfig.ofNodes(layouts).withSettings(ZoneSettings.NO_RESERVES));
        slabs = new SlabAllocator(failing(), memory, config.withLog(log));
        pagesFreeAtStart = pagesFree();
    }

    static TestSlabs onCpus(int cpus) {
        return new TestSlabs(SlabConfig.ofCpus(cpus));
    }

    private PageAllocator failing() {
        return (PageAllocator) Proxy.newProxyInstance(
                PageAllocator.class.getClassLoader(), new Class<?>[] {PageAllocator.class}, (_, method, args) -> {
                    if (method.getName().equals("allocPages")
                            && pagesLeft.get() >= 0
                            && pagesLeft.getAndDecrement() <= 0) {
                        pagesLeft.set(0);
                        return PageFrame.NONE;
                    }
                    if (method.getName().equals("allocPages") && pagesBeforeFailure >= 0 && pagesBeforeFailure-- == 0) {
                        if (failsByError) {
                            throw new OutOfMemoryError("a test's");
                        }
                        return PageFrame.NONE;
                    }
                    try {
                        return method.invoke(pages, args);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    KmemCache create(String name, int objectSize, KmemCacheArgs args) {
        return Objects.requireNonNull(slabs.kmemCacheCreate(name, objectSize, args), "no cache " + name);
    }

    KmemCache create(String name, int objectSize) {
        return create(name, objectSize, KmemCacheArgs.NONE);
    }

    long pagesFree() {
        return pages.snapshot().stream()
                .flatMap(node -> node.zones().stream())
                .mapToLong(zone -> zone.pagesFree())
                .sum();
    }

    void expectValid() {
        assertThat(slabs.validate()).isEmpty();
    }

    void expectAllPagesBack() {
        assertThat(pagesFree()).as("free pages").isEqualTo(pagesFreeAtStart);
        assertThat(pages.validate()).isEmpty();
    }

    // Bytes.

    long word(long address) {
        return memory.directMap().get(JAVA_LONG, address - HeapMemory.ADDRESS);
    }

    void setWord(long address, long value) {
        memory.directMap().set(JAVA_LONG, address - HeapMemory.ADDRESS, value);
    }

    /** Fills an object with bytes that follow from a number. */
    void paint(long address, int bytes, long number) {
        for (int at = 0; at < bytes; at++) {
            memory.directMap().set(JAVA_BYTE, address - HeapMemory.ADDRESS + at, (byte) (number * 31 + at));
        }
    }

    /** Whether the object is as it was painted. */
    boolean isPainted(long address, int bytes, long number) {
        for (int at = 0; at < bytes; at++) {
            if (memory.directMap().get(JAVA_BYTE, address - HeapMemory.ADDRESS + at) != (byte) (number * 31 + at)) {
                return false;
            }
        }
        return true;
    }
}
