package io.github.tandem4j.router;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Inquiry;
import io.github.tandem4j.routing.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Routes by rules: the first condition that holds, and whose endpoint can take the request, decides.
 *
 * <pre>{@code
 * Router rules = Rules.when(containsCode(), coder)
 *         .orWhen(mentions("contract", "liability"), large)
 *         .otherwise(small);
 * }</pre>
 *
 * <p>An endpoint of a rule must be a candidate of every routing that is built with the router; else the rule could never
 * count, and building is refused with an {@link IllegalArgumentException}.
 *
 * <p>Immutable and thread-safe.
 */
public final class Rules {

    private record Rule(Condition condition, ModelEndpoint endpoint) {}

    private final List<Rule> rules;

    private Rules(List<Rule> rules) {
        this.rules = rules;
    }

    /** Starts with a rule. */
    public static Rules when(Condition condition, ModelEndpoint endpoint) {
        return new Rules(List.of()).and(condition, endpoint);
    }

    /** Adds a rule that counts where none before it does. */
    public Rules orWhen(Condition condition, ModelEndpoint endpoint) {
        return and(condition, endpoint);
    }

    /** {@return a router by these rules, which chooses this endpoint where none holds} */
    public Router otherwise(ModelEndpoint endpoint) {
        return otherwise(new Constant(Objects.requireNonNull(endpoint, "endpoint")));
    }

    /** {@return a router by these rules, which asks another router where none holds} */
    public Router otherwise(Router next) {
        return new RuleRouter(rules, Objects.requireNonNull(next, "router"));
    }

    /** {@return a router by these rules, which abstains where none holds} */
    public Router otherwiseAbstain() {
        return otherwise((Request request, List<ModelEndpoint> candidates) -> Choice.abstain("no rule holds"));
    }

    private Rules and(Condition condition, ModelEndpoint endpoint) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(
                new Rule(Objects.requireNonNull(condition, "condition"), Objects.requireNonNull(endpoint, "endpoint")));
        return new Rules(List.copyOf(more));
    }

    private static void requireCandidate(
            String what, ModelEndpoint endpoint, String routing, List<ModelEndpoint> candidates) {
        if (!candidates.contains(endpoint)) {
            throw new IllegalArgumentException(what + " chooses " + endpoint.id() + ", which is no candidate of "
                    + routing + "; its candidates are "
                    + candidates.stream().map(ModelEndpoint::id).toList());
        }
    }

    private record RuleRouter(List<Rule> rules, Router next) implements Router {

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates) {
            return choose(request, candidates, Inquiry.NONE);
        }

        @Override
        public List<ModelEndpoint> helpers() {
            return next.helpers();
        }

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
            for (Rule rule : rules) {
                if (candidates.contains(rule.endpoint) && rule.condition.holds(request)) {
                    return Choice.of(rule.endpoint, rule.condition.name());
                }
            }
            return next.choose(request, candidates, inquiry);
        }

        @Override
        public void requireAmong(String routing, List<ModelEndpoint> candidates) {
            for (Rule rule : rules) {
                requireCandidate("the rule '" + rule.condition.name() + "'", rule.endpoint, routing, candidates);
            }
            next.requireAmong(routing, candidates);
        }
    }

    private record Constant(ModelEndpoint endpoint) implements Router {

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates) {
            return candidates.contains(endpoint)
                    ? Choice.of(endpoint, "no rule holds")
                    : Choice.abstain("no rule holds, and " + endpoint.id() + " cannot take the request");
        }

        @Override
        public void requireAmong(String routing, List<ModelEndpoint> candidates) {
            requireCandidate("the last resort of the rules", endpoint, routing, candidates);
        }
    }
}
