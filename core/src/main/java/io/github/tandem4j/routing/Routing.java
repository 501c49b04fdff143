package io.github.tandem4j.routing;

import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one endpoint for each request, before any answer exists.
 *
 * <pre>{@code
 * ModelEndpoint tutor = Routing.among(small, large)
 *         .by((request, candidates) -> Choice.of(isHard(request) ? large : small, "length"))
 *         .build();
 * }</pre>
 *
 * <p>The router sees only the candidates that can take the request: those that have its capabilities and window, that its
 * privacy label allows, and that its budgets cover. If just one is left it answers and no router is asked; if none is,
 * the request is refused before any call. The chosen endpoint's failure is the routing's failure: to go elsewhere then,
 * put a {@code Cascade} around it.
 *
 * <p>Thread-safe if its router is.
 */
public final class Routing extends StrategyEndpoint {

    private final Router router;
    private final @Nullable ModelEndpoint abstentions;
    private final List<ModelEndpoint> candidates;

    private Routing(Builder builder, Router router) {
        super(builder.id, "routing", builder.all());
        this.router = router;
        candidates = builder.candidates;
        abstentions = builder.abstentions;
    }

    /**
     * Starts a routing among these candidates.
     *
     * @throws IllegalArgumentException on {@code build}, if there is none or two share an id
     */
    public static Builder among(ModelEndpoint... candidates) {
        return new Builder(List.of(candidates));
    }

    /** Starts a routing among these candidates; see {@link #among(ModelEndpoint...)}. */
    public static Builder among(List<ModelEndpoint> candidates) {
        return new Builder(List.copyOf(candidates));
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<ModelEndpoint> able = able(call);
        ModelEndpoint chosen = able.size() == 1 ? able.get(0) : choose(call, able);
        if (able.size() == 1 && candidates.size() > 1) {
            call.decide(Decision.of("chose " + chosen.id(), "no other candidate can take the request"));
        }
        return call.reply(call.ask("chosen", chosen, call.request().chat(), call.tokens()));
    }

    private List<ModelEndpoint> able(StrategyCall call) {
        List<ModelEndpoint> able = new ArrayList<>(candidates.size());
        List<TandemException> refusals = new ArrayList<>();
        for (ModelEndpoint candidate : candidates) {
            TandemException refusal = candidate.refusal(call.request()).orElse(null);
            if (refusal == null) {
                able.add(candidate);
            } else {
                call.passOver("candidate", candidate, refusal);
                refusals.add(refusal);
            }
        }
        if (able.isEmpty()) {
            throw NoAnswerException.of("no candidate of " + id() + " can take the request", refusals);
        }
        return able;
    }

    private ModelEndpoint choose(StrategyCall call, List<ModelEndpoint> able) {
        List<ModelEndpoint> offered = List.copyOf(able);
        Choice choice = call.plugIn("router", () -> router.choose(call.request(), offered));
        ModelEndpoint otherwise = abstentions == null ? offered.get(offered.size() - 1) : abstentions;
        ModelEndpoint chosen = choice.endpoint().orElse(otherwise);
        if (choice.endpoint().isPresent() && !offered.contains(chosen)) {
            throw new PluginException("router of " + id() + " chose " + chosen.id() + "; valid is one of "
                    + offered.stream().map(ModelEndpoint::id).toList());
        }
        String what = choice.endpoint().isPresent() ? "chose " : "router abstained, so asks ";
        call.decide(new Decision(what + chosen.id(), choice.why(), choice.confidence()));
        return chosen;
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (ModelEndpoint candidate : candidates) {
            Optional<TandemException> refusal = candidate.refusal(request);
            if (refusal.isEmpty()) {
                return refusal;
            }
            refusals.add(refusal.get());
        }
        return Optional.of(NoAnswerException.of("no candidate of " + id() + " can take the request", refusals));
    }

    /**
     * Builds a routing.
     *
     * <ul>
     *   <li>abstentions go to the last candidate that can take the request
     *   <li>id: {@code routing}
     * </ul>
     */
    public static final class Builder {

        private final List<ModelEndpoint> candidates;
        private @Nullable Router router;
        private @Nullable ModelEndpoint abstentions;
        private String id = "routing";

        private Builder(List<ModelEndpoint> candidates) {
            this.candidates = candidates;
        }

        /** Chooses by this router. */
        public Builder by(Router decider) {
            if (router != null) {
                throw new IllegalStateException("routing already has the router " + router);
            }
            router = Objects.requireNonNull(decider, "router");
            return this;
        }

        /** Sends what the router abstains from to this endpoint, which need not be a candidate. */
        public Builder whenAbstaining(ModelEndpoint endpoint) {
            abstentions = Objects.requireNonNull(endpoint, "endpoint for abstentions");
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /** {@return the routing} */
        public Routing build() {
            if (router == null) {
                throw new IllegalStateException("routing " + id + " has no router; say by(router)");
            }
            if (candidates.isEmpty()) {
                throw new IllegalArgumentException("routing " + id + " has no candidates; valid is one or more");
            }
            return new Routing(this, router);
        }

        private List<ModelEndpoint> all() {
            List<ModelEndpoint> all = new ArrayList<>(candidates);
            if (abstentions != null && !all.contains(abstentions)) {
                all.add(abstentions);
            }
            return all;
        }
    }
}
