package org.mm4j.percpu;

/**
 * The work that keeps some empty pages populated, and not too many: free chunks but one are taken away, pages of chunks
 * to be depopulated are given back, and pages are populated for requests that cannot wait.
 *
 * <p>It is wanted by those who have just the lock, and done by whoever can take the mutex: by a worker, by the next
 * request that can wait, by the next free. Nothing wanted is lost: who finds the mutex taken leaves it to the holder,
 * who looks again behind its unlock.
 *
 * <p>In Linux 6.18: mm/percpu.c, pcpu_balance_workfn().
 */
final class Balance {
    /** So many empty populated pages are kept. PCPU_EMPTY_POP_PAGES_HIGH. */
    static final int PAGES_EMPTY_HIGH = 4;

    private final Chunks chunks;
    private final SurplusChunks surplus;
    private final Depopulation depopulation;
    private final EmptyPages emptyPages;
    private volatile boolean isWanted;
    private volatile boolean hasAtomicFailed;

    Balance(Chunks chunks) {
        this.chunks = chunks;
        surplus = new SurplusChunks(chunks);
        depopulation = new Depopulation(chunks);
        emptyPages = new EmptyPages(chunks);
    }

    boolean isWanted() {
        return isWanted;
    }

    void want() {
        isWanted = true;
    }

    /** A request that cannot wait has failed: pages are populated however many are empty. */
    void wantAfterFailure() {
        hasAtomicFailed = true;
        isWanted = true;
    }

    /** Does the work if it is wanted and nobody has the mutex. */
    void runIfWanted() {
        while (isWanted
                && !chunks.mutex().isHeldByCurrentThread()
                && chunks.mutex().tryLock()) {
            try {
                if (isWanted) {
                    work();
                }
            } finally {
                chunks.mutex().unlock();
            }
        }
    }

    /** Does the work. */
    void run() {
        chunks.mutex().lock();
        try {
            work();
        } finally {
            chunks.mutex().unlock();
        }
        runIfWanted();
    }

    private void work() {
        isWanted = false;
        if (isClosed()) {
            return;
        }
        surplus.takeAway(false);
        depopulation.run();
        boolean hasFailed = hasAtomicFailed;
        hasAtomicFailed = false;
        emptyPages.run(hasFailed);
        surplus.takeAway(true);
    }

    private boolean isClosed() {
        chunks.lock().lock();
        try {
            return chunks.isClosed();
        } finally {
            chunks.lock().unlock();
        }
    }
}
