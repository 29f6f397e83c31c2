package org.mm4j.lab;

import java.util.List;
import org.mm4j.api.AllocationFailure;
import org.mm4j.api.CpuSource;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.buddy.NodeLayout;
import org.mm4j.kernel.CpuOptions;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.reclaim.CompactionOptions;
import org.mm4j.lab.fragment.FragmentOptions;
import org.mm4j.lab.replay.ObjectTarget;
import org.mm4j.lab.replay.ReplayTarget;
import org.mm4j.lab.replay.VmapTarget;
import org.mm4j.memory.HostMemoryException;

/** The one place where the command meets the kernel. */
final class Kernels {
    private Kernels() {}

    /** Boots kernels for replays. */
    static TargetFactory forReplay() {
        return (threads, bytes, choice) -> {
            try {
                return booted(Kernel.boot(choice.config(bytes)), choice.preset());
            } catch (HostMemoryException e) {
                throw new AllocationFailure(String.valueOf(e.getMessage()));
            }
        };
    }

    /** How long kcompactd sleeps there between two looks: not half a second, as rounds are short. */
    private static final long INTERVAL_NANOS = 1_000_000;

    /** Boots a kernel of one node with a CPU for each thread. */
    static Kernel forFragments(FragmentOptions options, int proactiveness) {
        KernelConfig config = KernelConfig.ofBytes(options.bytes());
        long endPfn = config.nodes().getLast().zones().getLast().span().endPfn();
        return Kernel.boot(config.withNodes(List.of(NodeLayout.ofRange(options.threads(), 1, endPfn, 0)))
                .withCpus(CpuOptions.ofHost().withSource(CpuSource.BY_THREAD))
                .withCompaction(new CompactionOptions(proactiveness, INTERVAL_NANOS)));
    }

    /** Reserves the addresses of vmalloc at once, so that it fails here if the host has not so many. */
    private static ReplayTarget booted(Kernel kernel, Preset preset) {
        try {
            return new Booted(kernel, new KernelObjects(kernel), new KernelVmaps(kernel.vmalloc()), preset);
        } catch (Throwable e) {
            close(kernel, e);
            throw e;
        }
    }

    private static void close(Kernel kernel, Throwable reason) {
        try {
            kernel.close();
        } catch (RuntimeException e) {
            reason.addSuppressed(e);
        }
    }

    private record Booted(Kernel kernel, ObjectTarget objects, VmapTarget vmaps, Preset kind) implements ReplayTarget {
        @Override
        public PageAllocator pages() {
            return kernel.pages();
        }

        @Override
        public PerCpuAllocator percpu() {
            return kernel.percpu();
        }

        @Override
        public long pagesKept() {
            return kernel.pagesOfPercpu()
                    + kernel.pagesOfSlab()
                    + kernel.vmalloc().pagesOfTables();
        }

        @Override
        public String preset() {
            return Choice.word(kind);
        }

        @Override
        public String engine() {
            return KernelChoice.engineOf(kernel.config());
        }

        @Override
        public List<NodeSnapshot> snapshot() {
            return kernel.nodes();
        }

        @Override
        public String read(String path) {
            return kernel.proc().read(path);
        }

        @Override
        public List<String> list(String path) {
            return kernel.proc().list(path);
        }

        @Override
        public List<String> validate() {
            return kernel.validate();
        }

        @Override
        public String description() {
            int nodes = kernel.config().nodes().size();
            int cpus = kernel.config().cpus();
            return (kernel.memory().bytes() >> 20) + " MiB of "
                    + kernel.memory().kind() + ", " + counted(nodes, "node") + ", " + counted(cpus, "CPU");
        }

        private static String counted(int count, String what) {
            return count + " " + what + (count == 1 ? "" : "s");
        }

        @Override
        public void close() {
            kernel.close();
        }
    }
}
