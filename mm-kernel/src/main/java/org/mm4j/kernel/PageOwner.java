package org.mm4j.kernel;

import java.util.List;

/**
 * Somebody who holds pages.
 *
 * <p>In Linux 6.18: an entry of /sys/kernel/debug/page_owner_stacks/show_stacks.
 *
 * @param label what the code called itself, see {@link PageOwners#as}
 * @param stack of the calls that took the pages, the innermost first; empty unless stacks are noted
 * @param blocks how many
 * @param pages of all blocks
 */
public record PageOwner(String label, List<StackTraceElement> stack, long blocks, long pages) {
    /** Copies the list. */
    public PageOwner {
        stack = List.copyOf(stack);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(pages)
                .append(" pages in ")
                .append(blocks)
                .append(" blocks of '")
                .append(label)
                .append('\'');
        stack.forEach(frame -> text.append("\n      at ").append(frame));
        return text.toString();
    }
}
