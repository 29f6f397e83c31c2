package org.mm4j.kernel;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mm4j.api.PageFrame;
import org.mm4j.buddy.MemoryBlock;
import org.mm4j.buddy.MemoryBlocks;
import org.mm4j.kernel.memcg.MemoryCgroup;
import org.mm4j.slab.KmemCacheSnapshot;

/**
 * What Linux shows of its memory as files: a tree of texts, made when they are read.
 *
 * <pre>
 *   /proc/            buddyinfo meminfo pagetypeinfo slabinfo vmallocinfo vmstat zoneinfo
 *   /proc/sys/vm/     compaction_proactiveness lowmem_reserve_ratio min_free_kbytes percpu_pagelist_high_fraction watermark_...
 *   /sys/devices/system/memory/ block_size_bytes memory0/state ...
 *   /sys/kernel/slab/CACHE/     object_size objects slabs ...
 *   /sys/kernel/debug/percpu_stats
 *   /sys/kernel/debug/POINT/    interval probability space times ...   of a kernel with fault points
 *   /sys/fs/cgroup/GROUP/...    memory.current memory.events memory.stat ...              with memory cgroups
 *                               memory.max, .high, .low, .min, .oom.group, .reclaim       can be written
 * </pre>
 *
 * <p>A path that does not begin with a slash is one below /proc. Any thread may read at any time; a text is as exact as the
 * snapshot that it is made of. Reading costs a walk over what is shown.
 *
 * <p>In Linux 6.18: mm/vmstat.c, fs/proc/meminfo.c, mm/slub.c, mm/vmalloc.c, mm/percpu-stats.c. Differs: little can be
 * written; alike caches that were merged are each a directory, where the kernel has links.
 */
public final class ProcTree {
    private static final String HOME = "/proc/";
    private static final int NAMES_SHOWN_MAX = 12;

    private final Kernel kernel;
    private final VmallocOnDemand vmalloc;
    private final VmStats stats;
    private final Folder root;

    private sealed interface Entry {}

    private record File(TextFile file) implements Entry {}

    private record Folder(Supplier<SortedMap<String, Entry>> entries) implements Entry {}

    private static File file(Supplier<String> text) {
        return new File(TextFile.of(text));
    }

    ProcTree(Kernel kernel, VmallocOnDemand vmalloc, VmStats stats) {
        this.kernel = kernel;
        this.vmalloc = vmalloc;
        this.stats = stats;
        root = folder(Map.of("proc", folder(proc()), "sys", folder(sys())));
    }

    private Map<String, Entry> proc() {
        return Map.of(
                "buddyinfo", file(kernel::buddyinfo),
                "meminfo", file(this::meminfo),
                "pagetypeinfo", file(kernel::pagetypeinfo),
                "slabinfo", file(kernel::slabinfo),
                "sys", folder(Map.of("vm", new Folder(this::sysctls))),
                "vmallocinfo", file(kernel::vmallocinfo),
                "vmstat",
                        file(() -> VmStatText.of(
                                kernel.nodes(),
                                stats,
                                kernel.reclaim().snapshot(),
                                kernel.buddy().migrations())),
                "zoneinfo", file(kernel::zoneinfo));
    }

    private Map<String, Entry> sys() {
        Folder system = folder(Map.of("memory", new Folder(this::memoryBlocks)));
        Map<String, Entry> entries = new TreeMap<>();
        entries.put("devices", folder(Map.of("system", system)));
        entries.put("kernel", folder(sysKernel()));
        if (kernel.config().hasCgroups()) {
            Folder cgroups = new Folder(() -> cgroup(kernel.cgroups().root()));
            entries.put("fs", folder(Map.of("cgroup", cgroups)));
        }
        return entries;
    }

    private SortedMap<String, Entry> memoryBlocks() {
        SortedMap<String, Entry> entries = new TreeMap<>();
        MemoryBlocks blocks = kernel.memoryBlocks();
        String bytes = Long.toHexString(blocks.pagesPerBlock() << PageFrame.PAGE_SHIFT) + "\n";
        entries.put("block_size_bytes", file(() -> bytes));
        for (MemoryBlock block : blocks.list()) {
            int number = block.number();
            entries.put("memory" + number, new Folder(() -> files(MemoryBlockFiles.of(blocks.block(number)))));
        }
        return entries;
    }

    private static SortedMap<String, Entry> files(Map<String, String> texts) {
        SortedMap<String, Entry> files = new TreeMap<>();
        texts.forEach((name, text) -> files.put(name, file(() -> text)));
        return files;
    }

    private Map<String, Entry> sysKernel() {
        return Map.of("debug", new Folder(this::debug), "slab", new Folder(this::caches));
    }

    private String meminfo() {
        return MemInfoText.of(
                kernel.nodes(),
                stats,
                new MemInfoText.Others(
                        vmalloc.bytesTotal(),
                        vmalloc.pagesUsed(),
                        kernel.percpu().stats().pagesPopulated(),
                        kernel.memory().bytes()));
    }

    private SortedMap<String, Entry> sysctls() {
        SortedMap<String, Entry> files = new TreeMap<>();
        SysctlVm.of(kernel.config().settings(), kernel.config().compaction(), kernel.nodes())
                .forEach((name, text) -> files.put(name, file(() -> text)));
        return files;
    }

    private SortedMap<String, Entry> debug() {
        SortedMap<String, Entry> entries = new TreeMap<>();
        entries.put("percpu_stats", file(kernel::percpuStats));
        kernel.faults().files().forEach((point, files) -> {
            SortedMap<String, Entry> texts = new TreeMap<>();
            files.forEach((name, text) -> texts.put(name, file(() -> text)));
            entries.put(point, new Folder(() -> texts));
        });
        return entries;
    }

    private static SortedMap<String, Entry> cgroup(MemoryCgroup cgroup) {
        SortedMap<String, Entry> files = new TreeMap<>();
        CgroupText.files(cgroup).forEach((name, text) -> files.put(name, new File(text)));
        cgroup.children().forEach(child -> files.put(child.name(), new Folder(() -> cgroup(child))));
        return files;
    }

    private SortedMap<String, Entry> caches() {
        SortedMap<String, Entry> caches = new TreeMap<>();
        for (KmemCacheSnapshot cache : kernel.slab().snapshot()) {
            Stream.concat(Stream.of(cache.name()), cache.aliases().stream())
                    .forEach(name -> caches.put(name, new Folder(() -> attributes(name))));
        }
        return caches;
    }

    private SortedMap<String, Entry> attributes(String cache) {
        return files(kernel.slabAttributes(cache));
    }

    private static Folder folder(Map<String, Entry> entries) {
        SortedMap<String, Entry> sorted = new TreeMap<>(entries);
        return new Folder(() -> sorted);
    }

    /**
     * The text of a file, as {@code cat} prints it.
     *
     * @param path {@code buddyinfo}, {@code /proc/buddyinfo}, {@code /sys/kernel/slab/kmalloc-64/objects}
     * @throws IllegalArgumentException when there is no such file; the message says what is near
     * @throws IllegalStateException when the kernel is closed
     */
    public String read(String path) {
        return switch (find(path)) {
            case File file -> file.file().read(absolute(path));
            case Folder folder ->
                throw new IllegalArgumentException(absolute(path) + " is a directory; it has "
                        + shown(folder.entries().get()));
        };
    }

    /**
     * What a directory holds, by name; names of directories end in a slash.
     *
     * @param path {@code /}, {@code /proc}, {@code /sys/kernel/slab}
     * @throws IllegalArgumentException when there is no such directory; the message says what is near
     * @throws IllegalStateException when the kernel is closed
     */
    public List<String> list(String path) {
        return switch (find(path)) {
            case File _ -> throw new IllegalArgumentException(absolute(path) + " is a file");
            case Folder folder -> names(folder.entries().get());
        };
    }

    /**
     * Writes a file, as {@code echo text > path} does. Of few files anything comes of it: {@code memory.max} and others of a
     * memory cgroup.
     *
     * @throws IllegalArgumentException when there is no such file, when it cannot be written, or not with this text
     * @throws IllegalStateException when the kernel is closed, or cannot do now what is written
     */
    public void write(String path, String text) {
        switch (find(path)) {
            case File file -> file.file().write(absolute(path), text);
            case Folder _ -> throw new IllegalArgumentException(absolute(path) + " is a directory");
        }
    }

    private Entry find(String path) {
        Entry entry = root;
        StringBuilder walked = new StringBuilder();
        for (String name : parts(path)) {
            if (!(entry instanceof Folder folder)) {
                throw new IllegalArgumentException(walked + " is a file, so there is no " + walked + "/" + name);
            }
            SortedMap<String, Entry> entries = folder.entries().get();
            Entry next = entries.get(name);
            if (next == null) {
                throw new IllegalArgumentException(
                        "there is no " + walked + "/" + name + "; " + near(walked, name, entries));
            }
            entry = next;
            walked.append('/').append(name);
        }
        return entry;
    }

    private static String near(CharSequence folder, String name, SortedMap<String, Entry> entries) {
        List<String> near = NearNames.of(name, entries.keySet());
        return near.isEmpty()
                ? (folder.isEmpty() ? "/" : folder) + " has " + shown(entries)
                : "near it " + (near.size() == 1 ? "is " : "are ") + and(near);
    }

    private static String shown(SortedMap<String, Entry> entries) {
        List<String> names = names(entries);
        return names.size() <= NAMES_SHOWN_MAX
                ? and(names)
                : String.join(", ", names.subList(0, NAMES_SHOWN_MAX)) + " and " + (names.size() - NAMES_SHOWN_MAX)
                        + " more";
    }

    private static String and(List<String> names) {
        int last = names.size() - 1;
        return last <= 0
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    private static List<String> names(SortedMap<String, Entry> entries) {
        return entries.entrySet().stream()
                .map(entry -> entry.getKey() + (entry.getValue() instanceof Folder ? "/" : ""))
                .toList();
    }

    private static Collection<String> parts(String path) {
        return Arrays.stream(absolute(path).split("/"))
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .toList();
    }

    private static String absolute(String path) {
        return path.startsWith("/") ? path : HOME + path;
    }
}
