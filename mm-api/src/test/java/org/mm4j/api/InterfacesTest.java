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
}
