package org.mm4j.kernel;

import java.lang.ScopedValue.CallableOp;
import java.util.List;
import java.util.function.LongSupplier;
import org.mm4j.api.Gfp;
import org.mm4j.api.GfpContext;
import org.mm4j.api.KernelLog;
import org.mm4j.api.LockRank;

/**
 * What the running code is allowed: whether it may wait, and what its allocations may do while they wait. Code says so
 * for a stretch of itself, a <em>scope</em>; all that it calls is inside. Scopes nest, and end with their code however
 * that ends. They belong to a thread, platform or virtual, and to one kernel; a subtask of a StructuredTaskScope is
 * inside as well, any other new thread is outside.
 *
 * <pre>
 *   atomic, interrupt   nobody waits: a request that may wait is reported, and goes on
 *   noio                requests lose __GFP_IO and __GFP_FS
 *   nofs                requests lose __GFP_FS
 *   noreclaim           requests lose __GFP_DIRECT_RECLAIM and may use all reserves
 *   pin                 requests lose __GFP_MOVABLE: their pages are going to stay where they are
 * </pre>
 *
 * <p>Whoever holds a {@link org.mm4j.api.SpinLock} is in atomic context too, as far as anybody knows: while assertions
 * are on.
 *
 * <p><b>Cost.</b> A request reads one field until somebody opens a scope in this kernel for the first time; from then on
 * it looks a scoped value up. Nothing is shared and written, so nothing is contended. Opening a scope allocates some
 * hundred bytes of Java heap.
 *
 * <p>Any thread may call any method. In Linux 6.18: include/linux/sched/mm.h, memalloc_noio_save() and its like,
 * current_gfp_context(), might_alloc(); kernel/sched/core.c, __might_sleep(). Differs: what a save has begun cannot be
 * left without its restore; noreclaim changes the request's flags instead of a flag of the task.
 */
public final class Contexts implements GfpContext {
    private final ScopedValue<Scope> current = ScopedValue.newInstance();
    private final KernelLog log;
    private final SleepReport report;

    /**
     * Whether any scope was ever opened, or the kernel is closed. Plain: a thread that is in a scope has written it itself,
     * or was forked by one that had; to all others it makes no difference. Whoever calls while the kernel closes may miss it.
     */
    private boolean isUsed;

    private volatile boolean notesEntries;
    private volatile boolean isClosed;

    Contexts(KernelLog log, LongSupplier nanoTime) {
        this.log = log;
        report = new SleepReport(log, nanoTime);
    }

    /** From now on every request of this kernel is refused. Requests need not look: it is what the first scope does, too. */
    void close() {
        isClosed = true;
        isUsed = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    /**
     * For objects that outlive their kernel.
     *
     * @throws IllegalStateException when the kernel is closed
     */
    void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the kernel is closed");
        }
    }

    // Scopes.

    /** Runs code that must not wait. In Linux: preempt_disable() to preempt_enable(). */
    public void atomic(Runnable code) {
        run(scope().atomic(entry()), code);
    }

    /** {@link #atomic(Runnable)} with a result. */
    public <R, X extends Throwable> R atomic(CallableOp<? extends R, X> code) throws X {
        return call(scope().atomic(entry()), code);
    }

    /** Runs code as an interrupt handler would. In Linux: irq_enter() to irq_exit(). */
    public void interrupt(Runnable code) {
        run(scope().interrupt(entry()), code);
    }

    /** {@link #interrupt(Runnable)} with a result. */
    public <R, X extends Throwable> R interrupt(CallableOp<? extends R, X> code) throws X {
        return call(scope().interrupt(entry()), code);
    }

    /** Runs code as a handler of an interrupt that nothing masks would. In Linux: nmi_enter() to nmi_exit(). */
    public void nmi(Runnable code) {
        run(scope().interrupt(entry()).with(Scope.NMI), code);
    }

    /** Runs code on which input or output waits: its allocations start none. In Linux: memalloc_noio_save(). */
    public void noio(Runnable code) {
        run(scope().with(Scope.NOIO), code);
    }

    /** {@link #noio(Runnable)} with a result. */
    public <R, X extends Throwable> R noio(CallableOp<? extends R, X> code) throws X {
        return call(scope().with(Scope.NOIO), code);
    }

    /** Runs code inside a file system: its allocations call none. In Linux: memalloc_nofs_save(). */
    public void nofs(Runnable code) {
        run(scope().with(Scope.NOFS), code);
    }

    /** {@link #nofs(Runnable)} with a result. */
    public <R, X extends Throwable> R nofs(CallableOp<? extends R, X> code) throws X {
        return call(scope().with(Scope.NOFS), code);
    }

    /** Runs code that frees more than it takes: it may use all reserves. In Linux: memalloc_noreclaim_save(). */
    @Override
    public void noreclaim(Runnable code) {
        run(scope().with(Scope.NORECLAIM), code);
    }

    /** {@link #noreclaim(Runnable)} with a result. */
    public <R, X extends Throwable> R noreclaim(CallableOp<? extends R, X> code) throws X {
        return call(scope().with(Scope.NORECLAIM), code);
    }

    /** Runs code that takes pages which nobody is going to move. In Linux: memalloc_pin_save(). */
    public void pin(Runnable code) {
        run(scope().with(Scope.PIN), code);
    }

    /** {@link #pin(Runnable)} with a result. */
    public <R, X extends Throwable> R pin(CallableOp<? extends R, X> code) throws X {
        return call(scope().with(Scope.PIN), code);
    }

    private void run(Scope next, Runnable code) {
        opening();
        ScopedValue.where(current, next).run(code);
    }

    private <R, X extends Throwable> R call(Scope next, CallableOp<? extends R, X> code) throws X {
        opening();
        return ScopedValue.where(current, next).call(code);
    }

    private void opening() {
        if (!isUsed) { // written once, so that everybody's cache keeps it
            isUsed = true;
        }
    }

    // Questions.

    /** The context of the calling code, as its scopes say; the locks that it holds do not count. */
    public Context context() {
        return scope().context();
    }

    @Override
    public boolean isInInterrupt() {
        return scope().has(Scope.INTERRUPT);
    }

    @Override
    public boolean isInNmi() {
        return scope().has(Scope.NMI);
    }

    /** What is left of the flags of a request here. In Linux: current_gfp_context(). */
    public int currentGfp(int gfp) {
        return scope().effective(gfp);
    }

    /** Whether allocations here leave reclaim alone, as those that reclaim makes do. */
    boolean isNoreclaim() {
        return scope().has(Scope.NORECLAIM);
    }

    /**
     * {@link #currentGfp}, after a look whether the request is allowed here.
     *
     * @throws IllegalStateException when the kernel is closed
     */
    @Override
    public int effective(int gfp) {
        assert !Gfp.allowsBlocking(gfp) || reportsLocks(gfp);
        return isUsed ? effective(gfp, scope()) : gfp;
    }

    private int effective(int gfp, Scope scope) {
        checkOpen();
        if (scope.isAtomic() && Gfp.allowsBlocking(gfp)) {
            report.write(site(gfp), scope);
        }
        if (scope.has(Scope.NORECLAIM) && Gfp.has(gfp, Gfp.__GFP_NOFAIL)) {
            log.warnOnce(
                    "noreclaim-nofail",
                    "__GFP_NOFAIL in a noreclaim scope can only wait for others to free memory: " + Gfp.format(gfp));
        }
        return scope.effective(gfp);
    }

    /**
     * Says that the calling code is going to wait, or may. Where it must not, a report goes to the log, at most one a
     * second, with the stack of the call, and if {@link #noteEntries} is on also where the atomic scope began. In Linux:
     * might_sleep().
     *
     * @param site what is going to wait, for the report: {@code vmalloc}
     */
    public void mightSleep(String site) {
        Scope scope = scope();
        if (scope.isAtomic() || LockRank.isAnyHeld()) {
            report.write(site, scope);
        }
    }

    /** Whether atomic and interrupt scopes, from now on, note where they begin. That costs a walk of the stack each. */
    public void noteEntries(boolean on) {
        notesEntries = on;
    }

    /** Locks are known only while assertions are on. */
    private boolean reportsLocks(int gfp) {
        if (LockRank.isAnyHeld() && !scope().isAtomic()) {
            report.write(site(gfp), scope());
        }
        return true;
    }

    private static String site(int gfp) {
        return "an allocation with " + Gfp.format(gfp);
    }

    private Scope scope() {
        return isUsed ? current.orElse(Scope.PROCESS) : Scope.PROCESS;
    }

    private List<StackTraceElement> entry() {
        return notesEntries ? SleepReport.callers() : List.of();
    }
}
