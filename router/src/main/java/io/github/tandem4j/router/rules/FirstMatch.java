package io.github.tandem4j.router.rules;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.Condition;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Inquiry;
import io.github.tandem4j.routing.Router;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Asks routers one after another: the first that does not abstain decides.
 *
 * <pre>{@code
 * Router router = FirstMatch.of(rules)
 *         .andThen(FirstMatch.unless(containsCode(), semanticRoutes))
 *         .andThen(trained);
 * }</pre>
 *
 * <p>The decision says why those before it abstained. A router that fails fails the choice: only an abstention goes on.
 *
 * <p>Immutable; thread-safe if its routers are.
 */
public final class FirstMatch implements Router {

    private final List<Router> routers;

    private FirstMatch(List<Router> routers) {
        this.routers = List.copyOf(routers);
    }

    /** {@return the first of these that does not abstain; one or more} */
    public static FirstMatch of(Router... routers) {
        if (routers.length == 0) {
            throw new IllegalArgumentException("a first match has no routers; valid is one or more");
        }
        return new FirstMatch(Arrays.asList(routers));
    }

    /** {@return the same, and this router where all of them abstain} */
    public FirstMatch andThen(Router router) {
        List<Router> more = new ArrayList<>(routers);
        more.add(Objects.requireNonNull(router, "router"));
        return new FirstMatch(more);
    }

    /** {@return a router that abstains where this condition holds, and is this one where it does not} */
    public static Router unless(Condition condition, Router router) {
        return new Conditional(condition, false, router);
    }

    /** {@return a router that is this one where this condition holds, and abstains where it does not} */
    public static Router onlyIf(Condition condition, Router router) {
        return new Conditional(condition, true, router);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates) {
        return choose(request, candidates, Inquiry.NONE);
    }

    @Override
    public Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
        StringBuilder abstained = new StringBuilder();
        for (Router router : routers) {
            Choice choice = Objects.requireNonNull(router.choose(request, candidates, inquiry), "choice of a router");
            if (choice.endpoint().isPresent()) {
                return abstained.isEmpty() ? choice : choice.because(choice.why() + "; before it: " + abstained);
            }
            abstained.append(abstained.isEmpty() ? "" : "; ").append(choice.why());
        }
        return Choice.abstain(abstained.toString());
    }

    @Override
    public List<ModelEndpoint> helpers() {
        return routers.stream().flatMap(router -> router.helpers().stream()).toList();
    }

    @Override
    public void requireAmong(String routing, List<ModelEndpoint> candidates) {
        routers.forEach(router -> router.requireAmong(routing, candidates));
    }

    private record Conditional(Condition condition, boolean wanted, Router router) implements Router {

        Conditional {
            Objects.requireNonNull(condition, "condition");
            Objects.requireNonNull(router, "router");
        }

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates) {
            return choose(request, candidates, Inquiry.NONE);
        }

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
            return condition.holds(request) == wanted
                    ? router.choose(request, candidates, inquiry)
                    : Choice.abstain((wanted ? "not: " : "") + condition.name());
        }

        @Override
        public List<ModelEndpoint> helpers() {
            return router.helpers();
        }

        @Override
        public void requireAmong(String routing, List<ModelEndpoint> candidates) {
            router.requireAmong(routing, candidates);
        }
    }
}
