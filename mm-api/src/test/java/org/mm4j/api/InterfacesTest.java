package org.mm4j.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The few lines of code that stand in interfaces. */
class InterfacesTest {
    @Test
    void withoutANodeTheCallersNodeIsMeant() {
        List<Object> calls = new ArrayList<>();
        PageAllocator pages = (PageAllocator) Proxy.newProxyInstance(
                PageAllocator.class.getClassLoader(), new Class<?>[] {PageAllocator.class}, (proxy, method, values) -> {
                    if (method.isDefault()) {
                        return InvocationHandler.invokeDefault(proxy, method, values);
                    }
                    calls.add(List.of(method.getName(), List.of(values)));
                    return 77L;
                });
        assertThat(pages.allocPages(Gfp.GFP_KERNEL, 3)).isEqualTo(77);
        assertThat(calls).containsExactly(List.of("allocPages", List.of(Gfp.GFP_KERNEL, 3, PageAllocator.NO_NODE)));
    }

    @Test
    void nobodyReclaims() {
        MemoryPressure.NONE.wakeKswapd(0, ZoneType.NORMAL, 0, Gfp.GFP_KERNEL);
        assertThat(MemoryPressure.NONE.reclaim(0, Gfp.GFP_KERNEL, 0)).isZero();
    }

    @Test
    void fencesAreAsGoodAsAnyOtherBarrier() {
        AsymmetricBarrier.FENCES.light();
        AsymmetricBarrier.FENCES.heavy();
        assertThat(AsymmetricBarrier.FENCES.kind()).isEqualTo("fences");
    }

    @Test
    void aFixedCpuIsOneOfThoseThatThereAre() {
        CpuSource third = CpuSource.fixed(3);
        assertThat(third.cpu(8)).isEqualTo(3);
        assertThat(third.cpu(2)).isEqualTo(1);
    }

    @Test
    void aThreadKeepsItsCpu() throws InterruptedException {
        int cpus = 1 << 20;
        int[] seen = new int[2];
        Thread thread = Thread.ofVirtual().start(() -> {
            seen[0] = CpuSource.BY_THREAD.cpu(cpus);
            seen[1] = CpuSource.BY_THREAD.cpu(cpus);
        });
        thread.join();
        assertThat(seen).containsOnly((int) (thread.threadId() % cpus));
        assertThat(CpuSource.BY_THREAD.cpu(1)).isZero();
    }
}
