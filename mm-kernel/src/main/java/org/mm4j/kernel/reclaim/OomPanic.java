package org.mm4j.kernel.reclaim;

import java.util.List;

/**
 * The end of memory: a request that must be served cannot be, and there is nobody left who could be ended.
 *
 * <p>In Linux 6.18: panic("System is deadlocked on memory"), mm/oom_kill.c.
 */
public final class OomPanic extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OomPanic(List<String> report) {
        super(String.join("\n", report));
    }
}
