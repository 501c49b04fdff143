package io.github.tandem4j.resilience;

import io.github.tandem4j.CallContext;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers without the network when it must: the top rung is asked as long as it can be reached, the rung below it when it
 * cannot, and the reply says that it was so and how sure that rung is.
 *
 * <pre>{@code
 * OfflineLadder assistant = OfflineLadder.from(large).downTo(small).build();
 * }</pre>
 *
 * <p>A rung is unreachable when it fails in a way that {@linkplain TandemException#isRetriable() may pass}, or refuses so,
 * as behind an open circuit breaker. From then on it is not asked at all, so that nobody waits for a connection that does
 * not come, until the way back is found: one live call at a time probes it, and goes down within the same call if it fails.
 * With a {@linkplain Builder#probing probe in the background} none does before that has found the rung. A rung that hangs is only known to be unreachable once it
 * fails: give it an {@linkplain ResilientBuilder#attemptTimeout attempt timeout} that is shorter than the deadlines of its
 * callers.
 *
 * <p>What cannot pass, such as a wrong API key, is thrown, and so is what fails after a token was heard: no answer changes
 * its author half-way. A rung that cannot take a request (capability, window, budget, privacy) is passed over, so that a
 * request labelled {@link PrivacyLabel#LOCAL_ONLY} goes straight to a local rung; such a request neither looks at what is
 * known of the rungs nor changes it.
 *
 * <p>Thread-safe; where nothing fails, no thread waits for another.
 */
public final class OfflineLadder extends StrategyEndpoint {

    private final List<Reachability> reachable;

    private OfflineLadder(Builder builder) {
        super(builder.id == null ? "offline-ladder" : builder.id, "ladder", builder.rungs);
        List<Reachability> all = new ArrayList<>();
        for (int i = 0; i < builder.rungs.size() - 1; i++) {
            all.add(builder.reachability(i));
        }
        reachable = List.copyOf(all);
    }

    /** Starts with the top rung. */
    public static Top from(ModelEndpoint top) {
        return new Top(top);
    }

    /** {@return whether the top rung is known to be unreachable} */
    public boolean isOffline() {
        return reachable.get(0).isOffline();
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<TandemException> failures = new ArrayList<>();
        boolean offline = false;
        for (int i = 0; i < members().size(); i++) {
            ModelEndpoint rung = members().get(i);
            String role = "rung " + (i + 1) + " of " + members().size();
            Reachability known = known(i, call.request());
            Consumer<TandemException> unreachable = known == null ? refusal -> {} : known.foundUnreachable();
            Optional<TandemException> refusal = rung.refusal(call.request());
            refusal.filter(TandemException::isRetriable).ifPresent(unreachable);
            TandemException failure = refusal.or(() -> known == null ? Optional.empty() : known.refusal())
                    .orElse(null);
            if (failure != null) {
                call.passOver(role, rung, failure);
            } else {
                try {
                    Reply reply = ask(call, role, rung, known);
                    explain(call, rung, reply, offline, failures);
                    return call.reply(reply);
                } catch (TandemException e) {
                    if (!e.isRetriable() || call.wasHeard()) {
                        throw e;
                    }
                    failure = e;
                }
            }
            offline |= failure.isRetriable() && !ConcurrencyLimit.rejected(failure);
            failures.add(failure);
        }
        throw NoAnswerException.of("no rung of " + id() + " is left to answer", failures);
    }

    /** {@return what is known of the rung; null for the last one, and for requests that say nothing about it} */
    private @Nullable Reachability known(int rung, Request request) {
        return rung == reachable.size() || request.context().label() == PrivacyLabel.LOCAL_ONLY
                ? null
                : reachable.get(rung);
    }

    private static Reply ask(StrategyCall call, String role, ModelEndpoint rung, @Nullable Reachability known) {
        if (known == null) {
            return call.ask(role, rung, call.request().chat(), call.tokens());
        }
        try (Reachability.Pass pass = enter(call, role, rung, known)) {
            try {
                Reply reply = call.ask(role, rung, call.request().chat(), call.tokens());
                pass.reached()
                        .ifPresent(since -> call.decide(
                                Decision.of("back online", rung.id() + " had been unreachable since " + since)));
                return reply;
            } catch (TandemException e) {
                if (call.wasHeard() || isAnswerOfAServer(e)) {
                    var unused = pass.reached(); // it was there, whatever became of it
                } else {
                    pass.failed(e);
                }
                throw e;
            }
        }
    }

    /** Whoever rejects a request, or its key, can be reached. What else is set up wrongly, such as a plug-in, says nothing. */
    private static boolean isAnswerOfAServer(TandemException failure) {
        return failure instanceof RejectedRequestException || failure.getClass() == ConfigurationException.class;
    }

    /** Between the look at what is known and this, another call may have become the probe. */
    private static Reachability.Pass enter(StrategyCall call, String role, ModelEndpoint rung, Reachability known) {
        try {
            return known.enter();
        } catch (TransientException e) {
            call.passOver(role, rung, e);
            throw e;
        }
    }

    private static void explain(
            StrategyCall call, ModelEndpoint rung, Reply reply, boolean offline, List<TandemException> failures) {
        if (!failures.isEmpty()) {
            String why = failures.stream()
                    .map(failure -> failure.getClass().getSimpleName() + ": " + failure.getMessage())
                    .reduce((before, next) -> before + "; " + next)
                    .orElse("");
            call.decide(new Decision(
                    (offline ? "offline: answered by " : "answered by ") + rung.id(), why, reply.confidence()));
        }
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (int i = 0; i < members().size(); i++) {
            Reachability known = known(i, request);
            Optional<TandemException> refusal =
                    members().get(i).refusal(request).or(() -> known == null ? Optional.empty() : known.refusal());
            if (refusal.isEmpty()) {
                return refusal;
            }
            refusals.add(refusal.get());
        }
        return Optional.of(NoAnswerException.of("no rung of " + id() + " can take the request", refusals));
    }

    /** A ladder that still needs a rung to go down to. */
    public static final class Top {

        private final ModelEndpoint top;

        private Top(ModelEndpoint top) {
            this.top = Objects.requireNonNull(top, "top rung");
        }

        /** Goes down to this rung. */
        public Builder downTo(ModelEndpoint next) {
            return new Builder(top).downTo(next);
        }
    }

    /**
     * Builds a ladder. Each option can be set once.
     *
     * <ul>
     *   <li>way back: a live call probes, first after 1 s, then after intervals that double up to 1 min
     *   <li>id: {@code offline-ladder}
     *   <li>clock: the system's
     * </ul>
     */
    public static final class Builder {

        private record Intervals(Duration first, Duration longest) {}

        private record Probe(BooleanSupplier isReachable, Duration interval) {}

        private final List<ModelEndpoint> rungs = new ArrayList<>();
        private @Nullable Intervals intervals;
        private @Nullable Probe probe;
        private @Nullable String id;
        private @Nullable Clock clock;

        private Builder(ModelEndpoint top) {
            rungs.add(top);
        }

        /** Goes down to this rung where those above cannot be reached; the last one is always asked. */
        public Builder downTo(ModelEndpoint next) {
            rungs.add(Objects.requireNonNull(next, "rung"));
            return this;
        }

        /**
         * Lets a live call probe an unreachable rung after this time at first, and after twice the time whenever a probe has
         * failed, up to the longest. Where the failure says when to come again, it is not before that, up to the longest.
         * The top rung is probed so too where it has a probe in the background, once that has found it.
         */
        public Builder probingLive(Duration first, Duration longest) {
            Options.requireUnset("intervals of live probes", intervals);
            Options.requireTime("first interval of live probes", first);
            Options.requireTime("longest interval of live probes", longest);
            if (first.compareTo(longest) > 0) {
                throw new IllegalArgumentException(
                        "first interval of live probes is " + first + "; valid is at most the longest, " + longest);
            }
            intervals = new Intervals(first, longest);
            return this;
        }

        /**
         * Looks for the top rung in the background while it is unreachable, so that no live call waits for one that is not
         * there. That a server is there does not say that its model answers: one live call confirms it, after the intervals
         * of {@link #probingLive}, and the rung counts as unreachable until then. The probe runs on the library's daemon
         * threads, never twice at once, and rests when neither a call nor a question for a refusal has come between {@value
         * BackgroundProbe#MOST_UNWANTED} of its runs, until the next; it keeps no ladder from being collected. One that
         * throws has not reached the rung.
         *
         * @param isReachable tells whether the rung can be reached; it must come to an end by itself, as with a timeout: as
         *     long as one hangs, the way back is not found
         * @param interval from the end of a probe to the next
         */
        public Builder probing(BooleanSupplier isReachable, Duration interval) {
            Options.requireUnset("probe", probe);
            probe = new Probe(
                    Objects.requireNonNull(isReachable, "probe"), Options.requireTime("interval of probes", interval));
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            Options.requireUnset("name", id);
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /** Tells the time of live probes by this clock. */
        public Builder clock(Clock time) {
            Options.requireUnset("clock", clock);
            clock = Objects.requireNonNull(time, "clock");
            return this;
        }

        /** {@return the ladder} */
        public OfflineLadder build() {
            return new OfflineLadder(this);
        }

        private Reachability reachability(int rung) {
            Intervals set = intervals == null ? new Intervals(Duration.ofSeconds(1), Duration.ofMinutes(1)) : intervals;
            String endpoint = rungs.get(rung).id();
            Probe own = rung == 0 ? probe : null;
            return new Reachability(
                    endpoint,
                    set.first,
                    set.longest,
                    clock == null ? Clock.systemUTC() : clock,
                    own == null
                            ? null
                            : new BackgroundProbe(
                                    endpoint,
                                    own.isReachable,
                                    own.interval,
                                    CallContext.unlimited().executor()));
        }
    }
}
