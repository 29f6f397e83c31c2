package org.mm4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mm4j.api.Gfp;
import org.mm4j.api.KernelLog;

/** Scopes by themselves: what they leave of a request's flags, how they nest, and whom they reach. */
class ContextsTest {
    private final KernelLog log = new KernelLog();
    private final Contexts contexts = new Contexts(log, () -> 0);

    private void in(String scope, Runnable code) {
        Consumer<Runnable> opened = switch (scope) {
            case "atomic" -> contexts::atomic;
            case "interrupt" -> contexts::interrupt;
            case "noio" -> contexts::noio;
            case "nofs" -> contexts::nofs;
            case "noreclaim" -> contexts::noreclaim;
            case "pin" -> contexts::pin;
            default -> Runnable::run;
        };
        opened.accept(code);
    }

    @Test
    void scopesNestAndEnd() {
        assertThat(contexts.context()).isEqualTo(Context.PROCESS);
        contexts.atomic(() -> {
            assertThat(contexts.context()).isEqualTo(Context.ATOMIC);
            contexts.interrupt(() -> {
                assertThat(contexts.context()).isEqualTo(Context.INTERRUPT);
                contexts.atomic(() -> assertThat(contexts.context()).isEqualTo(Context.INTERRUPT));
            });
            contexts.nofs(() -> assertThat(contexts.context()).isEqualTo(Context.ATOMIC));
            assertThat(contexts.context()).isEqualTo(Context.ATOMIC);
        });
        assertThat(contexts.context()).isEqualTo(Context.PROCESS);
    }

    @ParameterizedTest
    @CsvSource({
        "none,          none,      GFP_HIGHUSER_MOVABLE,       GFP_HIGHUSER_MOVABLE",
        "atomic,        interrupt, GFP_HIGHUSER_MOVABLE,       GFP_HIGHUSER_MOVABLE",
        "noio,          none,      GFP_KERNEL,                 GFP_NOIO",
        "nofs,          none,      GFP_KERNEL,                 GFP_NOFS",
        "noio,          nofs,      GFP_KERNEL,                 GFP_NOIO",
        "nofs,          noio,      GFP_KERNEL,                 GFP_NOIO",
        "noio,          none,      GFP_ATOMIC|__GFP_ZERO,      GFP_ATOMIC|__GFP_ZERO",
        "pin,           none,      GFP_HIGHUSER_MOVABLE,       GFP_HIGHUSER",
        "pin,           nofs,      GFP_KERNEL|__GFP_MOVABLE,   GFP_NOFS",
        "noreclaim,     none,      GFP_NOFS,                   __GFP_KSWAPD_RECLAIM|__GFP_IO|__GFP_MEMALLOC",
        "noreclaim,     none,      GFP_ATOMIC,                 GFP_ATOMIC|__GFP_MEMALLOC",
        "noreclaim,     none,      GFP_NOIO|__GFP_NOMEMALLOC,  __GFP_KSWAPD_RECLAIM|__GFP_NOMEMALLOC",
        "noreclaim,     noio,      GFP_KERNEL|__GFP_NOFAIL,    GFP_NOIO|__GFP_NOFAIL|__GFP_MEMALLOC",
        "noreclaim,     interrupt, GFP_KERNEL,                 GFP_KERNEL",
        "interrupt,     noreclaim, GFP_ATOMIC,                 GFP_ATOMIC|__GFP_MEMALLOC",
    })
    void flagsAreThoseThatTheScopesLeave(String outer, String inner, String asked, String left) {
        int gfp = Gfp.parse(asked);
        in(
                outer,
                () -> in(inner, () -> {
                    int first = contexts.effective(gfp);
                    assertThat(Gfp.format(first)).isEqualTo(Gfp.format(Gfp.parse(left)));
                    assertThat(contexts.effective(first)).isEqualTo(first);
                    assertThat(contexts.currentGfp(gfp)).isEqualTo(first);
                }));
        assertThat(contexts.effective(gfp)).isEqualTo(gfp);
    }

    @ParameterizedTest
    @ValueSource(strings = {"atomic", "interrupt", "noio", "nofs", "noreclaim", "pin"})
    void aScopeEndsWithAnException(String scope) {
        int gfp = Gfp.GFP_HIGHUSER_MOVABLE;
        assertThatThrownBy(() -> in(scope, () -> {
                    throw new IllegalStateException("out of here");
                }))
                .hasMessage("out of here");
        assertThat(contexts.context()).isEqualTo(Context.PROCESS);
        assertThat(contexts.currentGfp(gfp)).isEqualTo(gfp);
    }

    @Test
    void scopesPassResultsAndCheckedExceptionsOn() {
        int gfp = Gfp.GFP_KERNEL | Gfp.__GFP_MOVABLE;
        assertThat(contexts.atomic(contexts::context)).isEqualTo(Context.ATOMIC);
        assertThat(contexts.interrupt(contexts::context)).isEqualTo(Context.INTERRUPT);
        int noio = contexts.noio(() -> contexts.currentGfp(gfp));
        int nofs = contexts.nofs(() -> contexts.currentGfp(gfp));
        int pin = contexts.pin(() -> contexts.currentGfp(gfp));
        boolean noreclaim = contexts.noreclaim(contexts::isNoreclaim);
        assertThat(noio).isEqualTo(Gfp.GFP_NOIO | Gfp.__GFP_MOVABLE);
        assertThat(nofs).isEqualTo(Gfp.GFP_NOFS | Gfp.__GFP_MOVABLE);
        assertThat(pin).isEqualTo(Gfp.GFP_KERNEL);
        assertThat(noreclaim).isTrue();
        assertThatThrownBy(() -> contexts.nofs(() -> {
                    throw new IOException("disk");
                }))
                .isExactlyInstanceOf(IOException.class);
    }

    @Test
    void mustNotFailInANoreclaimScopeIsNamedOnce() {
        for (int i = 0; i < 2; i++) {
            contexts.noreclaim(() -> {
                contexts.effective(Gfp.GFP_KERNEL | Gfp.__GFP_NOFAIL);
            });
        }
        assertThat(log.lines())
                .containsExactly("__GFP_NOFAIL in a noreclaim scope can only wait for others to free memory: "
                        + "GFP_KERNEL|__GFP_NOFAIL");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aNewThreadIsOutside(boolean virtual) {
        contexts.atomic(() -> contexts.noio(() -> {
            FutureTask<Boolean> outside = new FutureTask<>(() -> contexts.context() == Context.PROCESS
                    && contexts.currentGfp(Gfp.GFP_KERNEL) == Gfp.GFP_KERNEL
                    && contexts.nofs(() -> contexts.currentGfp(Gfp.GFP_KERNEL)) == Gfp.GFP_NOFS);
            (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(outside);
            assertThat(get(outside)).isTrue();
            assertThat(contexts.currentGfp(Gfp.GFP_KERNEL)).isEqualTo(Gfp.GFP_NOIO);
        }));
    }

    private static boolean get(FutureTask<Boolean> task) {
        try {
            return task.get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anotherKernelIsOutside() {
        Contexts other = new Contexts(new KernelLog(), () -> 0);
        other.nofs(() -> {});
        contexts.atomic(() -> contexts.noio(() -> {
            assertThat(other.context()).isEqualTo(Context.PROCESS);
            assertThat(other.currentGfp(Gfp.GFP_KERNEL)).isEqualTo(Gfp.GFP_KERNEL);
        }));
    }
}
