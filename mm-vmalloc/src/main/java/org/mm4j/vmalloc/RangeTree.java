package org.mm4j.vmalloc;

import java.util.Arrays;

/**
 * Address ranges in the order of their addresses, no two of which overlap: a balanced tree that knows the longest range of
 * each subtree. Finding, adding and removing a range, and finding the lowest one of a length, are O(log n). Not
 * thread-safe.
 *
 * <pre>
 *                  [40,50) 20             start, end, and the longest range of the subtree
 *                 /          \
 *          [10,14) 6        [60,80) 20
 *                 \
 *               [20,26) 6
 * </pre>
 *
 * <p>A range is named by its id, an index into arrays, from when it is added until it is removed; ids are used again. Arrays
 * hold a range in 33 bytes and leave nothing to the garbage collector. Id {@link #NIL} is the empty tree, of height and
 * length 0, so that nobody asks whether a child is there.
 *
 * <p>Invariants: <ul>
 * <li>T1: in the order of the tree, each range ends at or before the start of the next,
 * <li>T2: the heights of two siblings differ by at most 1 (AVL), so that 2<sup>31</sup> ranges are no deeper than 45,
 * <li>T3: {@code longest} is the length of the longest range of the subtree,
 * <li>T4: {@link #add} allocates no memory while {@code capacity()} is above {@code count()}.
 * </ul>
 *
 * <p>In Linux 6.18: lib/rbtree.c, and mm/vmalloc.c, augment_tree_propagate_from(). Differs: AVL, which is lower than a
 * red-black tree, and whose rebalancing is one rule for adding and removing; a path on the side instead of links to
 * parents.
 */
final class RangeTree {
    static final int NIL = 0;

    private static final int DEPTH_MAX = 64;
    private static final int CAPACITY_MIN = 15;

    private long[] start = new long[CAPACITY_MIN + 1];
    private long[] end = new long[CAPACITY_MIN + 1];
    private long[] longest = new long[CAPACITY_MIN + 1];
    private int[] left = new int[CAPACITY_MIN + 1];
    private int[] right = new int[CAPACITY_MIN + 1];
    private byte[] height = new byte[CAPACITY_MIN + 1];

    private int root = NIL;
    private int count;

    /** Ids above it were never used. */
    private int idMax = NIL;

    /** The first of the ids that were given back, linked by {@code left}. */
    private int spare = NIL;

    /** From the root down to where something changes; its length is {@code depth}. */
    private final int[] path = new int[DEPTH_MAX];

    private int depth;

    /** How many ranges there can ever be; less for tests. */
    private int capacityMax = Integer.MAX_VALUE - 16;

    /** How many ranges there are. */
    int count() {
        return count;
    }

    /** How many ranges there can be before memory is needed. */
    int capacity() {
        return start.length - 1;
    }

    /** From now on there is no memory for more than so many ranges. For tests. */
    void setCapacityMax(int ranges) {
        capacityMax = ranges;
    }

    int root() {
        return root;
    }

    int left(int id) {
        return left[id];
    }

    int right(int id) {
        return right[id];
    }

    int height(int id) {
        return height[id];
    }

    /** The first address of a range. */
    long start(int id) {
        return start[id];
    }

    /** The address behind a range. */
    long end(int id) {
        return end[id];
    }

    long bytes(int id) {
        return end[id] - start[id];
    }

    /** The length of the longest range below and with this one; 0 of {@link #NIL}. */
    long longest(int id) {
        return longest[id];
    }

    /**
     * Makes room for so many ranges.
     *
     * @throws OutOfMemoryError when there is no room; then nothing has changed
     */
    void reserve(int ranges) {
        if (ranges <= capacity()) {
            return;
        }
        if (ranges > capacityMax) {
            throw new OutOfMemoryError("no room for " + ranges + " address ranges");
        }
        int length = (int) Math.min(Math.max(ranges, 2L * capacity()), capacityMax) + 1;
        long[] nextStart = Arrays.copyOf(start, length);
        long[] nextEnd = Arrays.copyOf(end, length);
        long[] nextLongest = Arrays.copyOf(longest, length);
        int[] nextLeft = Arrays.copyOf(left, length);
        int[] nextRight = Arrays.copyOf(right, length);
        byte[] nextHeight = Arrays.copyOf(height, length);
        start = nextStart;
        end = nextEnd;
        longest = nextLongest;
        left = nextLeft;
        right = nextRight;
        height = nextHeight;
    }

    /** The last range that starts at or before an address, or {@link #NIL}. */
    int floor(long address) {
        int found = NIL;
        int id = root;
        while (id != NIL) {
            if (start[id] <= address) {
                found = id;
                id = right[id];
            } else {
                id = left[id];
            }
        }
        return found;
    }

    /** The first range that starts at or behind an address, or {@link #NIL}. */
    int ceiling(long address) {
        int found = NIL;
        int id = root;
        while (id != NIL) {
            if (start[id] >= address) {
                found = id;
                id = left[id];
            } else {
                id = right[id];
            }
        }
        return found;
    }

    /** The lowest range of at least {@code bytes} that starts at or behind {@code from}, or {@link #NIL}. */
    int lowest(long bytes, long from) {
        int found = NIL;
        int id = root;
        while (id != NIL) {
            if (start[id] < from) {
                id = right[id];
            } else {
                if (Math.max(bytes(id), longest[right[id]]) >= bytes) {
                    found = id; // it, or one in its right subtree; what lies further left is lower
                }
                id = left[id];
            }
        }
        return found == NIL || bytes(found) >= bytes ? found : lowestBelow(right[found], bytes);
    }

    /** The lowest of a subtree in which there is one. */
    private int lowestBelow(int top, long bytes) {
        int id = top;
        while (true) {
            if (longest[left[id]] >= bytes) {
                id = left[id];
            } else if (bytes(id) >= bytes) {
                return id;
            } else {
                id = right[id];
            }
        }
    }

    /** Adds a range that overlaps no other, and returns its id. */
    int add(long from, long until) {
        reserve(count + 1);
        int id = spare;
        if (id == NIL) {
            id = ++idMax;
        } else {
            spare = left[id];
        }
        start[id] = from;
        end[id] = until;
        left[id] = NIL;
        right[id] = NIL;
        update(id);
        descend(from);
        replace(parent(depth), NIL, id, from);
        count++;
        retrace(depth - 1);
        return id;
    }

    /** Changes the bounds of a range; its place between the others stays. */
    void resize(int id, long from, long until) {
        descend(start[id]);
        start[id] = from;
        end[id] = until;
        path[depth++] = id;
        retrace(depth - 1);
    }

    /** Removes a range. Its id may name another one soon. */
    void remove(int id) {
        descend(start[id]);
        int at = depth;
        if (left[id] != NIL && right[id] != NIL) {
            putNextInPlaceOf(id);
        } else {
            replace(parent(at), id, left[id] == NIL ? right[id] : left[id], start[id]);
        }
        left[id] = spare;
        spare = id;
        count--;
        retrace(at);
    }

    /** The next range of a range with two children is the first of its right subtree, and has no left child. */
    private void putNextInPlaceOf(int id) {
        int at = depth;
        path[depth++] = id;
        int next = right[id];
        while (left[next] != NIL) {
            path[depth++] = next;
            next = left[next];
        }
        replace(path[depth - 1], next, right[next], start[next]);
        left[next] = left[id];
        right[next] = right[id];
        height[next] = height[id];
        longest[next] = longest[id];
        replace(parent(at), id, next, start[id]);
        path[at] = next;
    }

    /** Goes to the range that starts at an address, or to where it would be added. The path ends at its parent. */
    private void descend(long address) {
        depth = 0;
        int id = root;
        while (id != NIL && start[id] != address) {
            path[depth++] = id;
            id = address < start[id] ? left[id] : right[id];
        }
    }

    private int parent(int at) {
        return at == 0 ? NIL : path[at - 1];
    }

    /** Hangs another subtree, or none, on the side of the parent where {@code address} belongs. */
    private void replace(int parent, int old, int next, long address) {
        if (parent == NIL) {
            assert root == old;
            root = next;
        } else if (address < start[parent]) {
            assert left[parent] == old;
            left[parent] = next;
        } else {
            assert right[parent] == old;
            right[parent] = next;
        }
    }

    /**
     * Balances and updates upwards along the path. It may stop at a subtree that is as high as before, with a longest
     * range as before, but not below {@code deepest}.
     */
    private void retrace(int deepest) {
        for (int at = depth - 1; at >= 0; at--) {
            int id = path[at];
            int heightBefore = height[id];
            long longestBefore = longest[id];
            long address = start[id];
            int top = balance(id);
            if (top != id) {
                replace(parent(at), id, top, address);
            }
            if (at <= deepest && height[top] == heightBefore && longest[top] == longestBefore) {
                return;
            }
        }
    }

    /** Makes a subtree whose children are balanced so itself, and returns its new top. */
    private int balance(int id) {
        int skew = height[left[id]] - height[right[id]];
        if (skew > 1) {
            if (height[left[left[id]]] < height[right[left[id]]]) {
                left[id] = rotateLeft(left[id]);
            }
            return rotateRight(id);
        }
        if (skew < -1) {
            if (height[right[right[id]]] < height[left[right[id]]]) {
                right[id] = rotateRight(right[id]);
            }
            return rotateLeft(id);
        }
        update(id);
        return id;
    }

    private int rotateRight(int id) {
        int top = left[id];
        left[id] = right[top];
        right[top] = id;
        update(id);
        update(top);
        return top;
    }

    private int rotateLeft(int id) {
        int top = right[id];
        right[id] = left[top];
        left[top] = id;
        update(id);
        update(top);
        return top;
    }

    private void update(int id) {
        int l = left[id];
        int r = right[id];
        height[id] = (byte) (1 + Math.max(height[l], height[r]));
        longest[id] = Math.max(bytes(id), Math.max(longest[l], longest[r]));
    }
}
