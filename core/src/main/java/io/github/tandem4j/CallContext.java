package io.github.tandem4j;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The limits and the circumstances of a call. It travels with the request to every endpoint that works on it, through
 * any nesting and on any thread. Its limits can only get tighter on the way: there is no method that loosens one.
 * Immutable; the budgets and cancellations that it refers to are shared.
 */
public final class CallContext {

    private static final CallContext UNLIMITED = new CallContext();

    /** They are keys of maps and stores: longer ones are a mistake, or an attack on memory. */
    private static final int LONGEST_NAME = 1024;

    private final Clock clock;
    private final @Nullable Instant deadline;
    private final List<Budget> budgets;
    private final PrivacyLabel label;
    private final boolean masked;
    private final @Nullable String tenant;
    private final @Nullable String session;
    private final List<Cancellation> cancellations;
    private final List<CallListener> listeners;
    private final Executor executor;

    private CallContext() {
        clock = Clock.systemUTC();
        deadline = null;
        budgets = List.of();
        label = PrivacyLabel.OPEN;
        masked = false;
        tenant = null;
        session = null;
        cancellations = List.of();
        listeners = List.of();
        executor = Workers.executor();
    }

    private CallContext(Draft draft) {
        clock = draft.clock;
        deadline = draft.deadline;
        budgets = draft.budgets;
        label = draft.label;
        masked = draft.masked;
        tenant = draft.tenant;
        session = draft.session;
        cancellations = draft.cancellations;
        listeners = draft.listeners;
        executor = draft.executor;
    }

    /** {@return the context without any limit} */
    public static CallContext unlimited() {
        return UNLIMITED;
    }

    /** {@return when the call must have ended} */
    public Optional<Instant> deadline() {
        return Optional.ofNullable(deadline);
    }

    /** {@return the time left, zero or less if the deadline has passed; empty without a deadline} */
    public Optional<Duration> remaining() {
        return deadline().map(end -> Duration.between(clock.instant(), end));
    }

    /** {@return the budgets that the call uses up, all at once} */
    public List<Budget> budgets() {
        return budgets;
    }

    /** {@return how far the request's text may travel} */
    public PrivacyLabel label() {
        return label;
    }

    /** {@return whether an assistant has masked the request's text on the way here} */
    public boolean isMasked() {
        return masked;
    }

    /** {@return whether the request's text may go to a remote model as it is now: its label is open, or wants it masked, which it is} */
    public boolean mayTravel() {
        return label == PrivacyLabel.OPEN || (label == PrivacyLabel.MASKED_ONLY && masked);
    }

    /** {@return on whose behalf the call is made} */
    public Optional<String> tenant() {
        return Optional.ofNullable(tenant);
    }

    /** {@return the conversation that the call belongs to} */
    public Optional<String> session() {
        return Optional.ofNullable(session);
    }

    /** {@return the clock of the deadline} */
    public Clock clock() {
        return clock;
    }

    /** {@return what runs asynchronous calls and parallel members} */
    public Executor executor() {
        return executor;
    }

    /** {@return whether the call was cancelled, by its caller or by a strategy that no longer needs it} */
    public boolean isCancelled() {
        for (Cancellation cancellation : cancellations) {
            if (cancellation.isCancelled()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Runs an action once when the call is cancelled or its deadline passes while a leaf works on it; see
     * {@link Cancellation#onCancel}.
     *
     * @return takes the action back; always close it when the call has ended
     */
    public Cancellation.Registration onCancel(Runnable action) {
        if (cancellations.size() == 1) {
            return cancellations.get(0).onCancel(action);
        }
        AtomicBoolean ran = new AtomicBoolean();
        Runnable once = () -> {
            if (ran.compareAndSet(false, true)) {
                action.run();
            }
        };
        List<Cancellation.Registration> all = new ArrayList<>(cancellations.size());
        for (Cancellation cancellation : cancellations) {
            all.add(cancellation.onCancel(once));
        }
        return () -> all.forEach(Cancellation.Registration::close);
    }

    /**
     * Throws if the call must not go on, in the name of that endpoint: a {@link CallCancelledException} if it was
     * cancelled, a {@link DeadlineExceededException} if its deadline has passed.
     */
    public void throwIfOver(String endpoint) {
        throwIfCancelled(endpoint);
        Duration left = deadline == null ? null : Duration.between(clock.instant(), deadline);
        if (left != null && (left.isNegative() || left.isZero())) {
            throw deadlineExceeded(endpoint);
        }
    }

    void throwIfCancelled(String endpoint) {
        for (Cancellation cancellation : cancellations) {
            cancellation.throwIfCancelled(endpoint);
        }
    }

    DeadlineExceededException deadlineExceeded(String endpoint) {
        return new DeadlineExceededException(
                "deadline of the call of " + endpoint + " was " + deadline + "; it is " + clock.instant());
    }

    boolean isCancellable() {
        return !cancellations.isEmpty();
    }

    List<CallListener> listeners() {
        return listeners;
    }

    CallContext deadline(Instant end) {
        Objects.requireNonNull(end, "deadline");
        Draft draft = new Draft(this);
        draft.deadline = deadline == null || end.isBefore(deadline) ? end : deadline;
        return new CallContext(draft);
    }

    /** A budget that is there already is not drawn on twice. */
    CallContext within(Budget budget) {
        if (budgets.contains(Objects.requireNonNull(budget, "budget"))) {
            return this;
        }
        Draft draft = new Draft(this);
        draft.budgets = plus(budgets, budget);
        return new CallContext(draft);
    }

    /** For one of n parallel calls: it has an n-th of what the budgets hold, so that the first cannot take it all. */
    CallContext share(int n) {
        if (budgets.isEmpty() || n == 1) {
            return this;
        }
        Draft draft = new Draft(this);
        draft.budgets = budgets.stream().map(budget -> budget.share(n)).toList();
        return new CallContext(draft);
    }

    CallContext label(PrivacyLabel stricter) {
        Draft draft = new Draft(this);
        draft.label = label.strictest(stricter);
        return new CallContext(draft);
    }

    CallContext masked() {
        Draft draft = new Draft(this);
        draft.masked = true;
        return new CallContext(draft);
    }

    CallContext tenant(String name) {
        Draft draft = new Draft(this);
        draft.tenant = once("tenant", tenant, name);
        return new CallContext(draft);
    }

    CallContext session(String id) {
        Draft draft = new Draft(this);
        draft.session = once("session", session, id);
        return new CallContext(draft);
    }

    CallContext cancelledBy(Cancellation cancellation) {
        Draft draft = new Draft(this);
        draft.cancellations = plus(cancellations, cancellation);
        return new CallContext(draft);
    }

    CallContext listener(CallListener listener) {
        Draft draft = new Draft(this);
        draft.listeners = plus(listeners, listener);
        return new CallContext(draft);
    }

    CallContext clock(Clock other) {
        Draft draft = new Draft(this);
        draft.clock = Objects.requireNonNull(other, "clock");
        return new CallContext(draft);
    }

    CallContext executor(Executor other) {
        Draft draft = new Draft(this);
        draft.executor = Objects.requireNonNull(other, "executor");
        return new CallContext(draft);
    }

    @Override
    public String toString() {
        return "CallContext[deadline " + (deadline == null ? "none" : deadline) + ", " + budgets + ", " + label + "]";
    }

    private static String once(String what, @Nullable String old, String value) {
        Objects.requireNonNull(value, what);
        if (value.isBlank() || value.length() > LONGEST_NAME) {
            throw new RejectedRequestException(what + " of the request "
                    + (value.isBlank() ? "is blank" : "has " + value.length() + " characters")
                    + "; valid is a name of 1 to " + LONGEST_NAME + " characters");
        }
        if (old != null && !old.equals(value)) {
            throw new IllegalArgumentException(
                    what + " of the request is already '" + old + "'; it cannot become '" + value + "'");
        }
        return value;
    }

    private static <T> List<T> plus(List<T> list, T more) {
        List<T> copy = new ArrayList<>(list.size() + 1);
        copy.addAll(list);
        copy.add(Objects.requireNonNull(more));
        return List.copyOf(copy);
    }

    /** The fields while one of them changes. */
    private static final class Draft {
        private Clock clock;
        private @Nullable Instant deadline;
        private List<Budget> budgets;
        private PrivacyLabel label;
        private boolean masked;
        private @Nullable String tenant;
        private @Nullable String session;
        private List<Cancellation> cancellations;
        private List<CallListener> listeners;
        private Executor executor;

        Draft(CallContext from) {
            clock = from.clock;
            deadline = from.deadline;
            budgets = from.budgets;
            label = from.label;
            masked = from.masked;
            tenant = from.tenant;
            session = from.session;
            cancellations = from.cancellations;
            listeners = from.listeners;
            executor = from.executor;
        }
    }
}
