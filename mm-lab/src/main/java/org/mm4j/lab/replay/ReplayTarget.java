package org.mm4j.lab.replay;

import java.util.List;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PerCpuAllocator;

/** What a replay needs of a kernel. */
public interface ReplayTarget extends AutoCloseable {
    /** Whose pages are taken and given back. */
    PageAllocator pages();

    /** Whose percpu areas are taken and given back. */
    PerCpuAllocator percpu();

    /** Whose objects are taken and given back. */
    ObjectTarget objects();

    /** Whose addresses are reserved and given back. */
    VmapTarget vmaps();

    /**
     * Pages that allocators other than {@link #pages} keep for later, in use or not: the units of percpu chunks, slabs, and page tables.
     */
    long pagesKept();

    /** All nodes at this moment. Called while no replaying thread runs. */
    List<NodeSnapshot> snapshot();

    /**
     * The text of a file of /proc or /sys. Any thread may call.
     *
     * @throws IllegalArgumentException when there is no such file; the message is a sentence for the user
     */
    String read(String path);

    /**
     * What a directory of /proc or /sys holds; names of directories end in a slash. Any thread may call.
     *
     * @throws IllegalArgumentException when there is no such directory; the message is a sentence for the user
     */
    List<String> list(String path);

    /** Walks the whole state and names what is broken, one sentence each. Called while no replaying thread runs. */
    List<String> validate();

    /** What the kernel is made of, in a few words for the report: {@code 512 MiB of memfd, 1 node, 2 CPUs}. */
    String description();

    /** What kernel it is, in one word: linux, library or study. */
    String preset();

    /** What its caches keep objects for CPUs in, in one word. */
    String engine();

    /** Gives everything back. */
    @Override
    void close();
}
