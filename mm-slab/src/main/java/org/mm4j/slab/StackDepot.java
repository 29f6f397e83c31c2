package org.mm4j.slab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Call stacks, each kept once and named by a number; 0 is no stack. Any thread may call; what is kept stays.
 *
 * <p>In Linux 6.18: lib/stackdepot.c.
 */
final class StackDepot {
    private static final int FRAMES_MAX = 16;
    private static final int STACKS_MAX = 1 << 16;

    private static final String PACKAGE = "org.mm4j.slab.";

    /** The calls of these are of no interest: a stack begins with whoever called the first of them. */
    private static final Set<String> INSIDE = Set.of(
            "StackDepot",
            "ObjectUsers",
            "DebugEngine",
            "FailslabEngine",
            "KmemCache",
            "SlabAllocator",
            "DetachedFreelists",
            "Kmalloc",
            "KfreeBulk",
            "Krealloc");

    private final Map<List<String>, Integer> handles = new HashMap<>();
    private final List<List<String>> stacks = new ArrayList<>(List.of(List.of()));

    /** The number of the calling thread's stack; 0 when there is no room for it. Throws nothing. */
    int save() {
        try {
            List<String> frames = StackWalker.getInstance()
                    .walk(all -> all.dropWhile(frame -> isInside(frame.getClassName()))
                            .limit(FRAMES_MAX)
                            .map(StackDepot::format)
                            .toList());
            return handle(frames);
        } catch (OutOfMemoryError full) {
            return 0; // who calls has an object in its hands: it goes on without a stack
        }
    }

    private static boolean isInside(String className) {
        return className.startsWith(PACKAGE) && INSIDE.contains(className.substring(PACKAGE.length()));
    }

    private static String format(StackWalker.StackFrame frame) {
        return frame.getClassName() + "." + frame.getMethodName() + ":" + frame.getLineNumber();
    }

    private synchronized int handle(List<String> frames) {
        Integer known = handles.get(frames);
        if (known != null) {
            return known;
        }
        if (stacks.size() == STACKS_MAX) {
            return 0;
        }
        int handle = stacks.size();
        stacks.add(frames);
        handles.put(frames, handle);
        return handle;
    }

    /** The frames of a stack, the innermost first; none when there is no such stack. */
    synchronized List<String> frames(int handle) {
        return handle <= 0 || handle >= stacks.size() ? List.of() : stacks.get(handle);
    }
}
