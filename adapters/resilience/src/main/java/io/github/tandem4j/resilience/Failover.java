package io.github.tandem4j.resilience;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks the first endpoint, and the next one where it fails in a way that the caller has named: another model's answer is
 * never given unless somebody chose that it may be.
 *
 * <pre>{@code
 * ModelEndpoint either = Failover.from(primary).to(secondary).build();
 * }</pre>
 *
 * <p>An endpoint that refuses beforehand, such as one whose circuit breaker is open, counts as one that failed so, and is
 * not asked. No failure leads on that is the caller's own: a cancellation, the deadline, the privacy label, a plug-in or
 * sink that threw. None does once a token was heard. The trace says who failed and why, and a decision says that another
 * endpoint was asked.
 *
 * <p>Thread-safe if its predicate is.
 */
public final class Failover extends StrategyEndpoint {

    private final Predicate<? super TandemException> leadsOn;

    private Failover(Builder builder) {
        super(builder.id == null ? "failover" : builder.id, "failover", builder.members);
        leadsOn = builder.leadsOn == null ? TandemException::isRetriable : builder.leadsOn;
    }

    /** Starts with the endpoint that is asked first. */
    public static First from(ModelEndpoint first) {
        return new First(first);
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<TandemException> failures = new ArrayList<>();
        for (int i = 0; i < members().size(); i++) {
            ModelEndpoint member = members().get(i);
            String role = "choice " + (i + 1) + " of " + members().size();
            if (i > 0) {
                TandemException before = failures.get(i - 1);
                call.decide(Decision.of(
                        "failed over to " + member.id(),
                        before.getClass().getSimpleName() + ": " + before.getMessage()));
            }
            TandemException failure = member.refusal(call.request()).orElse(null);
            if (failure != null) {
                call.passOver(role, member, failure);
            } else {
                try {
                    return call.reply(call.ask(role, member, call.request().chat(), call.tokens()));
                } catch (TandemException e) {
                    failure = e;
                }
            }
            if (call.wasHeard() || !leadsOn(call, failure)) {
                throw failure;
            }
            failures.add(failure);
        }
        throw NoAnswerException.of("no endpoint of " + id() + " is left to answer", failures);
    }

    /** A predicate that throws must not hide the failure that it was to judge. */
    private boolean leadsOn(StrategyCall call, TandemException failure) {
        try {
            return call.plugIn("predicate of failures that lead on", () -> leadsOn(failure));
        } catch (PluginException e) {
            e.addSuppressed(failure);
            throw e;
        }
    }

    private boolean leadsOn(TandemException failure) {
        boolean callersOwn = failure instanceof CallCancelledException
                || failure instanceof DeadlineExceededException
                || failure instanceof PrivacyException
                || failure instanceof PluginException;
        return !callersOwn && leadsOn.test(failure);
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (ModelEndpoint member : members()) {
            Optional<TandemException> refusal = member.refusal(request);
            if (refusal.isEmpty() || !leadsOn(refusal.get())) {
                return refusal;
            }
            refusals.add(refusal.get());
        }
        return Optional.of(NoAnswerException.of("no endpoint of " + id() + " can take the request", refusals));
    }

    /** A failover that still needs somebody to go to. */
    public static final class First {

        private final ModelEndpoint first;

        private First(ModelEndpoint first) {
            this.first = Objects.requireNonNull(first, "endpoint");
        }

        /** Goes to this endpoint. */
        public Builder to(ModelEndpoint next) {
            return new Builder(first).to(next);
        }
    }

    /**
     * Builds a failover. Each option can be set once.
     *
     * <ul>
     *   <li>leads on: what {@linkplain TandemException#isRetriable() may pass}
     *   <li>id: {@code failover}
     * </ul>
     */
    public static final class Builder {

        private final List<ModelEndpoint> members = new ArrayList<>();
        private @Nullable Predicate<? super TandemException> leadsOn;
        private @Nullable String id;

        private Builder(ModelEndpoint first) {
            members.add(first);
        }

        /** Goes to this endpoint where those before have failed. */
        public Builder to(ModelEndpoint next) {
            members.add(Objects.requireNonNull(next, "endpoint"));
            return this;
        }

        /**
         * Says which failures lead on to the next endpoint, such as {@code failure -> failure.isRetriable() || failure
         * instanceof ConfigurationException}. The caller's own never do.
         */
        public Builder upon(Predicate<? super TandemException> failures) {
            Options.requireUnset("predicate of failures that lead on", leadsOn);
            leadsOn = Objects.requireNonNull(failures, "predicate of failures");
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            Options.requireUnset("name", id);
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /** {@return the failover} */
        public Failover build() {
            return new Failover(this);
        }
    }
}
