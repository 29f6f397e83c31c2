package org.mm4j.kernel.memcg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.memcg.CgroupKernel.MIB;
import static org.mm4j.kernel.memcg.CgroupKernel.PAGE;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.kernel.ProcTree;

/** The files of groups, as cgroup v2 has them: what they show, and what comes of a write. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CgroupFilesTest {
    private static final String A = "/sys/fs/cgroup/a/";

    private final CgroupKernel machine = new CgroupKernel();
    private final MemoryCgroups cgroups = machine.cgroups;
    private final ProcTree files = machine.kernel.proc();

    @AfterEach
    void close() {
        machine.close();
    }

    @Test
    void filesAreThoseOfCgroupV2() {
        MemoryCgroup web = machine.group("web", MIB + 1);
        MemoryCgroup cache = cgroups.create(web, "cache", CgroupLimits.NONE.withHigh(2 * MIB));
        long page = cache.call(() -> machine.kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 2));
        long object = cache.call(() -> machine.kernel.kmalloc().kmalloc(64, GFP_KERNEL_ACCOUNT));
        ProcTree proc = machine.kernel.proc();

        assertThat(proc.list("/sys/fs/cgroup")).containsExactly("memory.reclaim", "memory.stat", "web/");
        assertThat(proc.list("/sys/fs/cgroup/web"))
                .containsExactly(
                        "cache/",
                        "memory.current",
                        "memory.events",
                        "memory.events.local",
                        "memory.high",
                        "memory.low",
                        "memory.max",
                        "memory.min",
                        "memory.oom.group",
                        "memory.peak",
                        "memory.reclaim",
                        "memory.stat");
        assertThat(proc.read("/sys/fs/cgroup/web/memory.max")).isEqualTo("1048576\n");
        assertThat(proc.read("/sys/fs/cgroup/web/cache/memory.max")).isEqualTo("max\n");
        assertThat(proc.read("/sys/fs/cgroup/web/cache/memory.high")).isEqualTo("2097152\n");
        assertThat(proc.read("/sys/fs/cgroup/web/memory.events"))
                .isEqualTo("low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
        assertThat(proc.read("/sys/fs/cgroup/web/memory.stat"))
                .startsWith("anon 0\nfile 0\nkernel " + (4 * PAGE + 72) + "\n")
                .contains("\nslab_reclaimable 0\nslab_unreclaimable 72\nslab 72\n");
        assertThat(Long.parseLong(proc.read("/sys/fs/cgroup/web/memory.current").strip()))
                .isGreaterThanOrEqualTo(5 * PAGE)
                .satisfies(bytes -> assertThat(bytes % PAGE).isZero());
        machine.kernel.pages().freePages(page, 2);
        machine.kernel.kmalloc().kfree(object);
    }

    @Test
    void aNewGroupIsAsTheKernelMakesIt() {
        machine.group("a");
        assertThat(files.read(A + "memory.min")).isEqualTo("0\n");
        assertThat(files.read(A + "memory.low")).isEqualTo("0\n");
        assertThat(files.read(A + "memory.high")).isEqualTo("max\n");
        assertThat(files.read(A + "memory.max")).isEqualTo("max\n");
        assertThat(files.read(A + "memory.oom.group")).isEqualTo("0\n");
        assertThat(files.read(A + "memory.events.local")).isEqualTo(files.read(A + "memory.events"));
        assertThat(files.read(A + "memory.events"))
                .isEqualTo("low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
    }

    @ParameterizedTest
    @CsvSource({
        "4096, 4096",
        "4097, 4096",
        "4095, 0",
        "4M, 4194304",
        "1g, 1073741824",
        "' 64k\n', 65536",
        "2T, 2199023255552",
        "max, max",
        "0, 0"
    })
    void limitsAreWrittenInBytesAndRoundedDownToPages(String text, String shown) {
        machine.group("a");
        for (String file : new String[] {"memory.min", "memory.low", "memory.high", "memory.max"}) {
            files.write(A + file, text);
            assertThat(files.read(A + file)).as(file).isEqualTo(shown + "\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1x", "-1", "1.5", "4 M", "Max", "99999999999999999999", "16E", "0x10"})
    void whatIsNoNumberIsRefusedAndChangesNothing(String text) {
        machine.group("a", MIB);
        for (String file : new String[] {"memory.max", "memory.reclaim", "memory.oom.group"}) {
            assertThatThrownBy(() -> files.write(A + file, text))
                    .as(file)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(EINVAL)");
        }
        assertThat(files.read(A + "memory.max")).isEqualTo("1048576\n");
    }

    @Test
    void whatCannotBeReadOrWrittenSaysSo() {
        machine.group("a");
        assertThatThrownBy(() -> files.read(A + "memory.reclaim"))
                .hasMessage(A + "memory.reclaim can be written, and not be read");
        assertThatThrownBy(() -> files.write(A + "memory.current", "0"))
                .hasMessage(A + "memory.current can be read, and not be written");
        assertThatThrownBy(() -> files.write("meminfo", "0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> files.write("/sys/fs/cgroup/a", "0")).hasMessage("/sys/fs/cgroup/a is a directory");
    }

    @Test
    void oomGroupIsOneOrZero() {
        MemoryCgroup a = machine.group("a");
        files.write(A + "memory.oom.group", "1\n");
        assertThat(a.isOomGroup()).isTrue();
        assertThat(files.read(A + "memory.oom.group")).isEqualTo("1\n");
        assertThatThrownBy(() -> files.write(A + "memory.oom.group", "2")).hasMessageContaining("0 or 1");
        files.write(A + "memory.oom.group", "0");
        assertThat(a.isOomGroup()).isFalse();
        assertThatThrownBy(() -> cgroups.root().setOomGroup(true)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void reclaimTakesAsMuchAsIsWrittenOrSaysHowMuchThereWas() {
        MemoryCgroup a = machine.group("a");
        CachedPages cached = CachedPages.register(machine.kernel);
        cached.add(a, GFP_KERNEL_ACCOUNT, 2000);
        files.write(A + "memory.reclaim", "4M");
        assertThat(cached.size(a)).isBetween(2000 - 1024 - 64, 2000 - 1024);
        assertThat(a.bytesCharged()).isEqualTo((long) cached.size(a) * PAGE);

        int left = cached.size(a);
        assertThatThrownBy(() -> files.write(A + "memory.reclaim", "8M"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("of 2048 pages of cgroup /a only " + left + " could be reclaimed (EAGAIN)");
        assertThat(cached.size(a)).isZero();
        cached.add(a, GFP_KERNEL_ACCOUNT, 100);
        files.write("/sys/fs/cgroup/memory.reclaim", "40K");
        assertThat(cached.size(a)).isLessThanOrEqualTo(90);
        cached.freeAll();
    }

    @Test
    void aWriteToMaxReclaimsAndPagesOfACacheAreFile() {
        MemoryCgroup a = machine.group("a");
        CachedPages cached = CachedPages.register(machine.kernel);
        cached.add(a, GFP_KERNEL_ACCOUNT, 500);
        files.write(A + "memory.max", "1M");
        assertThat(cached.size(a)).isLessThanOrEqualTo(256);
        assertThat(files.read(A + "memory.stat")).startsWith("anon 0\nfile 0\nkernel ");
        cached.freeAll();
    }
}
