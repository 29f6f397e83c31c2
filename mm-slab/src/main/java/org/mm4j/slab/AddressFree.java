package org.mm4j.slab;

/**
 * What frees many addresses at once, when their grace period is over.
 *
 * <p>In Linux 6.18: kfree_bulk() and the loop over vfree() in kvfree_rcu_bulk().
 */
@FunctionalInterface
interface AddressFree {
    /**
     * Frees the first {@code count} addresses. Called once for each address; those that it does not free because it
     * throws are its own to account for, as nobody can tell which they are.
     */
    void free(long[] addresses, int count);
}
