package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.CapacityExceededException;
import io.github.tandem4j.EndpointClosedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many calls of a model run at once. Others wait, so many at most: tenants in turn, and each tenant's calls in the
 * order of their coming. When all places to wait are taken, the newest call of the tenant with the most waiting gives way
 * to one of a tenant with fewer (longest queue drop), so that a flood shuts out nobody but itself.
 *
 * <p>A call made by a thread that is inside already, such as from a sink, runs in the place of the outer one: it would
 * wait for itself. Thread-safe.
 */
final class AdmissionQueue implements AutoCloseable {
    private static final Duration LONGEST_SLEEP = Duration.ofDays(1);

    private final String model;
    private final int running;
    private final int waiting;
    private final ReentrantLock lock = new ReentrantLock();

    /** Whoever's turn is next comes first. */
    private final Map<String, Deque<Waiter>> waiters = new LinkedHashMap<>();

    private final Set<Thread> inside = new HashSet<>();
    private int bounded;
    private boolean closed;

    /** What a call runs in; closed by the thread that entered. */
    interface Place extends AutoCloseable {
        @Override
        void close();
    }

    /** Guarded by the lock. */
    private final class Waiter {
        private final Thread thread = Thread.currentThread();
        private final Condition changed = lock.newCondition();
        private final String tenant;
        private final boolean patient;
        private boolean admitted;
        private @Nullable RuntimeException refusal;

        Waiter(String tenant, boolean patient) {
            this.tenant = tenant;
            this.patient = patient;
        }

        void wake() {
            lock.lock();
            try {
                changed.signal();
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * @param model its name in errors
     * @param running how many run at once, 1 or more
     * @param waiting how many more may wait, 0 or more
     */
    AdmissionQueue(String model, int running, int waiting) {
        this.model = model;
        this.running = running;
        this.waiting = waiting;
    }

    /**
     * Waits for a place; no longer than until the call is cancelled, its deadline passes, its thread is interrupted or the
     * model is closed.
     *
     * @throws CapacityExceededException if too many wait already
     */
    Place enter(CallContext context, String tenant) {
        return enter(context, tenant, false);
    }

    /** The same for one whose callers are few by themselves, and who waits however many others do. */
    Place enterPatiently(CallContext context, String tenant) {
        return enter(context, tenant, true);
    }

    private Place enter(CallContext context, String tenant, boolean patient) {
        Waiter waiter;
        lock.lock();
        try {
            if (closed) {
                throw new EndpointClosedException(model + " is closed; open it again");
            }
            if (inside.contains(Thread.currentThread())) {
                return () -> {};
            }
            if (inside.size() < running) {
                inside.add(Thread.currentThread());
                return this::leave;
            }
            if (!patient && bounded >= waiting) {
                makeRoomFor(tenant);
            }
            waiter = new Waiter(tenant, patient);
            waiters.computeIfAbsent(tenant, name -> new ArrayDeque<>()).addLast(waiter);
            bounded += patient ? 0 : 1;
        } finally {
            lock.unlock();
        }
        Cancellation.Registration registration = context.onCancel(waiter::wake);
        try {
            await(waiter, context);
        } finally {
            registration.close();
        }
        return this::leave;
    }

    private void makeRoomFor(String tenant) {
        String longest = tenant;
        for (String other : waiters.keySet()) {
            if (boundedOf(other) > boundedOf(longest)) {
                longest = other;
            }
        }
        if (boundedOf(longest) <= boundedOf(tenant) + 1) {
            throw full("");
        }
        Iterator<Waiter> newestFirst =
                waiters.getOrDefault(longest, new ArrayDeque<>()).descendingIterator();
        Waiter newest = newestFirst.next();
        while (newest.patient) {
            newest = newestFirst.next();
        }
        remove(newest);
        newest.refusal = full("; this one gave way to a call of a tenant that has fewer");
        newest.changed.signal();
    }

    private long boundedOf(String tenant) {
        return waiters.getOrDefault(tenant, new ArrayDeque<>()).stream()
                .filter(waiter -> !waiter.patient)
                .count();
    }

    private CapacityExceededException full(String why) {
        return new CapacityExceededException(
                model + " runs " + running + " calls at once and lets " + waiting
                        + " wait, and all these places are taken" + why,
                null);
    }

    private void await(Waiter waiter, CallContext context) {
        boolean entered = false;
        lock.lock();
        try {
            while (!waiter.admitted && waiter.refusal == null) {
                context.throwIfOver(model);
                // By the clock of the context, which need not be the system's: then it is asked again.
                long nanos = context.remaining()
                        .filter(left -> left.compareTo(LONGEST_SLEEP) < 0)
                        .orElse(LONGEST_SLEEP)
                        .toNanos();
                long unused = waiter.changed.awaitNanos(nanos);
            }
            if (waiter.refusal != null) {
                throw waiter.refusal;
            }
            entered = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            context.throwIfOver(model);
            throw new CallCancelledException("call of " + model + " was interrupted while it waited for its turn", e);
        } finally {
            if (!entered && waiter.admitted) {
                pass(waiter.thread);
            } else if (!entered) {
                remove(waiter);
            }
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            pass(Thread.currentThread());
        } finally {
            lock.unlock();
        }
    }

    /** Gives a thread's place to the next. */
    private void pass(Thread thread) {
        inside.remove(thread);
        if (!waiters.isEmpty()) {
            String turn = waiters.keySet().iterator().next();
            Deque<Waiter> queue = requireNonNull(waiters.remove(turn), "queue");
            Waiter next = queue.removeFirst();
            if (!queue.isEmpty()) {
                waiters.put(turn, queue); // which is behind all others now
            }
            bounded -= next.patient ? 0 : 1;
            inside.add(next.thread);
            next.admitted = true;
            next.changed.signal();
        }
    }

    private void remove(Waiter waiter) {
        Deque<Waiter> queue = waiters.get(waiter.tenant);
        if (queue != null && queue.remove(waiter)) {
            bounded -= waiter.patient ? 0 : 1;
            if (queue.isEmpty()) {
                waiters.remove(waiter.tenant);
            }
        }
    }

    /** How many wait. */
    int waiting() {
        lock.lock();
        try {
            return waiters.values().stream().mapToInt(Deque::size).sum();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the waiting of all, and lets nobody in any more. Those inside are not waited for. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (Deque<Waiter> queue : waiters.values()) {
                for (Waiter waiter : queue) {
                    waiter.refusal = new EndpointClosedException(model + " was closed while the call waited");
                    waiter.changed.signal();
                }
            }
            waiters.clear();
            bounded = 0;
        } finally {
            lock.unlock();
        }
    }
}
