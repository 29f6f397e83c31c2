package org.mm4j.api;

import java.lang.invoke.VarHandle;

/**
 * Two barriers that work together: a light one for the many threads of a fast path, and a heavy one for the few that
 * interfere with them.
 *
 * <pre>
 *    fast thread             rare thread
 *    -----------             -----------
 *    inside = true           stop = true
 *    light()                 heavy()
 *    read stop               read inside
 * </pre>
 *
 * <p>Of such a pair, at least one thread sees what the other wrote.
 *
 * <p>In Linux 6.18: kernel/sched/membarrier.c.
 */
public interface AsymmetricBarrier {
    /** For the fast path. */
    void light();

    /** For the rare path: from now on every other thread is before its light barrier, or behind it and seen. */
    void heavy();

    /** What it is made of: {@code fences}, {@code membarrier}. */
    String kind();

    /**
     * Both barriers are full fences. That the pair works is what the Java memory model says of {@link
     * VarHandle#fullFence()}; it works everywhere.
     */
    AsymmetricBarrier FENCES = new AsymmetricBarrier() {
        @Override
        public void light() {
            VarHandle.fullFence();
        }

        @Override
        public void heavy() {
            VarHandle.fullFence();
        }

        @Override
        public String kind() {
            return "fences";
        }
    };
}
