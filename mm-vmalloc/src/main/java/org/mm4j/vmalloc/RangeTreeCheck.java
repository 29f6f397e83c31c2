package org.mm4j.vmalloc;

import static org.mm4j.vmalloc.RangeTree.NIL;

import java.util.ArrayList;
import java.util.List;

/** Walks a tree of ranges and names what is broken of its invariants T1 to T3. Takes O(n). */
final class RangeTreeCheck {
    private final RangeTree tree;
    private final List<String> findings = new ArrayList<>();
    private int walked;
    private boolean isFirst = true;
    private long previousEnd;

    RangeTreeCheck(RangeTree tree) {
        this.tree = tree;
    }

    /** What is broken, one sentence each. */
    List<String> findings() {
        walk(tree.root());
        if (walked != tree.count()) {
            findings.add("T1: there are " + walked + " ranges, and " + tree.count() + " are counted");
        }
        return findings;
    }

    private void walk(int id) {
        if (id == NIL) {
            return;
        }
        walk(tree.left(id));
        checkPlace(id);
        walk(tree.right(id));
        checkNode(id);
    }

    private void checkPlace(int id) {
        walked++;
        if (tree.start(id) >= tree.end(id)) {
            findings.add("T1: " + name(id) + " is empty");
        }
        if (!isFirst && tree.start(id) < previousEnd) {
            findings.add("T1: " + name(id) + " begins before the end 0x" + Long.toHexString(previousEnd)
                    + " of the range before it");
        }
        isFirst = false;
        previousEnd = tree.end(id);
    }

    private void checkNode(int id) {
        int left = tree.height(tree.left(id));
        int right = tree.height(tree.right(id));
        if (Math.abs(left - right) > 1 || tree.height(id) != 1 + Math.max(left, right)) {
            findings.add("T2: " + name(id) + " has height " + tree.height(id) + " over " + left + " and " + right);
        }
        long longest = Math.max(tree.longest(tree.left(id)), tree.longest(tree.right(id)));
        if (tree.longest(id) != Math.max(longest, tree.bytes(id))) {
            findings.add("T3: the longest range at " + name(id) + " is " + Math.max(longest, tree.bytes(id))
                    + " bytes long, and " + tree.longest(id) + " are noted");
        }
    }

    private String name(int id) {
        return "0x" + Long.toHexString(tree.start(id)) + "-0x" + Long.toHexString(tree.end(id));
    }
}
