package org.mm4j.kernel.failnth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mm4j.api.Gfp.GFP_KERNEL_ACCOUNT;
import static org.mm4j.kernel.FaultPoint.FAIL_CHARGE;
import static org.mm4j.kernel.FaultPoint.FAIL_TRYLOCK;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mm4j.api.PageFrame;
import org.mm4j.kernel.FaultPoint;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.memcg.MemoryCgroup;
import org.mm4j.slab.SlabEngineKind;

/** What is charged to a memory cgroup. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailNthCgroupTest {
    private static final KernelConfig CONFIG =
            FailNth.config(SlabEngineKind.CPU_SLAB).withCgroups(true);

    private static void expectNoCharges(Kernel kernel, MemoryCgroup group) {
        group.remove();
        assertThat(kernel.validate()).isEmpty();
        assertThat(group.bytesCharged()).isZero();
    }

    @Test
    @DisplayName("what cannot be charged is not given, and nothing stays charged")
    void charges() {
        Set<FaultPoint> reached = FailNth.absorbing(FAIL_CHARGE).over(CONFIG).everyCall(user -> {
            MemoryCgroup group = user.kernel.cgroups().create("web", CgroupLimits.NONE);
            group.run(() -> use(user));
            expectNoCharges(user.kernel, group);
        });
        assertThat(reached).contains(FAIL_CHARGE, FAIL_TRYLOCK);
    }

    private static void use(FailNthUser user) {
        Kernel kernel = user.kernel;
        for (int order = 0; order < 3; order++) {
            int each = order;
            long pfn = kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, order);
            user.note(pfn, PageFrame.NONE, taken -> kernel.pages().freePages(taken, each));
        }
        List<Long> taken = new ArrayList<>();
        for (int bytes : new int[] {64, 3000, 20_000}) {
            user.note(kernel.kmalloc().kmalloc(bytes, GFP_KERNEL_ACCOUNT), taken::add);
        }
        taken.forEach(kernel.kmalloc()::kfree);
        user.note(kernel.percpu().allocPercpu(64, 8, GFP_KERNEL_ACCOUNT), kernel.percpu()::freePercpu);
        user.tries(() -> user.note(kernel.kvmalloc().kvmalloc(200_000, GFP_KERNEL_ACCOUNT), user::kvfree));
    }

    @Test
    @DisplayName("at the limit, whoever finds somebody else ending a group waits, and tries again")
    void limit() {
        FailNth.absorbing(FAIL_CHARGE).over(CONFIG).everyCall(user -> {
            Kernel kernel = user.kernel;
            MemoryCgroup group = kernel.cgroups().create("web", CgroupLimits.ofMax(3 * 4096));
            List<Long> taken = new ArrayList<>();
            kernel.reclaim().oom().register("all", group, 0, taken::size, () -> {
                taken.forEach(pfn -> kernel.pages().freePages(pfn, 0));
                taken.clear();
            });
            group.run(() -> {
                for (int i = 0; i < 5; i++) {
                    user.note(kernel.pages().allocPages(GFP_KERNEL_ACCOUNT, 0), PageFrame.NONE, taken::add);
                }
            });
            taken.forEach(pfn -> kernel.pages().freePages(pfn, 0));
            expectNoCharges(kernel, group);
        });
    }
}
