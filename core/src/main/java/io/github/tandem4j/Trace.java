package io.github.tandem4j;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a call, as a tree: who was asked and in which role, what was decided and why, what each said of
 * itself, what it cost, what failed. It holds no prompt and no answer. Immutable.
 *
 * @param endpoint the id of the endpoint that was asked
 * @param kind what it is: {@code model}, or a strategy's name such as {@code cascade}
 * @param role why it was asked, such as {@code stage 1 of 2}; empty at the root
 * @param outcome how it ended
 * @param failure why it did not answer; null if it did
 * @param confidence what is known of its answer
 * @param decisions what it decided, in order
 * @param cost what it cost, its children included
 * @param duration from asking it to its end, by the clock on the wall
 * @param children whom it asked, in the order of asking
 */
public record Trace(
        String endpoint,
        String kind,
        String role,
        Outcome outcome,
        @Nullable String failure,
        Confidence confidence,
        List<Decision> decisions,
        Cost cost,
        Duration duration,
        List<Trace> children) {

    /** How a call of an endpoint ended. */
    public enum Outcome {
        /** It answered. */
        ANSWERED,
        /** It was asked and failed. */
        FAILED,
        /** It was asked and stopped, by the caller or because its answer was no longer needed. */
        STOPPED,
        /** It was not asked, because it could not have taken the request. */
        PASSED_OVER;

        static Outcome ofFailure(Throwable failure) {
            return failure instanceof CallCancelledException ? STOPPED : FAILED;
        }
    }

    /** Copies the lists. */
    public Trace {
        decisions = List.copyOf(decisions);
        children = List.copyOf(children);
    }

    /** The trace of an endpoint that was not asked. */
    static Trace passedOver(String endpoint, String role, String why) {
        return new Trace(
                endpoint,
                "endpoint",
                role,
                Outcome.PASSED_OVER,
                why,
                Confidence.unknown(),
                List.of(),
                Cost.NONE,
                Duration.ZERO,
                List.of());
    }

    /** The trace of an endpoint that failed and left none of its own. */
    static Trace failed(String endpoint, String kind, Throwable failure, Duration duration) {
        return new Trace(
                endpoint,
                kind,
                "",
                Outcome.ofFailure(failure),
                failure.getClass().getSimpleName() + ": " + failure.getMessage(),
                Confidence.unknown(),
                List.of(),
                Cost.NONE,
                duration,
                List.of());
    }

    Trace as(String newRole) {
        return new Trace(endpoint, kind, newRole, outcome, failure, confidence, decisions, cost, duration, children);
    }

    Trace costing(Cost known) {
        return new Trace(endpoint, kind, role, outcome, failure, confidence, decisions, known, duration, children);
    }

    /** {@return this node and all below it, depth first} */
    public Stream<Trace> nodes() {
        return Stream.concat(Stream.of(this), children.stream().flatMap(Trace::nodes));
    }

    /** {@return the first node below this one that was asked for the endpoint with this id} */
    public Optional<Trace> find(String endpointId) {
        return nodes().filter(node -> node.endpoint.equals(endpointId)).findFirst();
    }

    /** {@return the tree as text, one line a node and a decision} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        print(text, "", "");
        return text.toString();
    }

    private void print(StringBuilder text, String first, String rest) {
        text.append(first);
        if (!role.isEmpty()) {
            text.append(role).append(": ");
        }
        text.append(endpoint);
        if (!kind.equals(endpoint)) {
            text.append(" (").append(kind).append(')');
        }
        switch (outcome) {
            case ANSWERED -> {
                text.append(String.format(Locale.ROOT, " answered in %.3f s", duration.toNanos() / 1e9));
                if (confidence.isKnown()) {
                    text.append(", ").append(confidence);
                }
                text.append(" [").append(cost).append(']');
            }
            case FAILED, STOPPED -> {
                String what = outcome == Outcome.FAILED ? "failed" : "stopped";
                text.append(String.format(Locale.ROOT, " %s after %.3f s: ", what, duration.toNanos() / 1e9))
                        .append(failure);
                if (cost.calls() > 0) {
                    text.append(" [").append(cost).append(']');
                }
            }
            case PASSED_OVER -> text.append(" passed over: ").append(failure);
        }
        text.append('\n');
        for (Decision decision : decisions) {
            text.append(rest).append("  * ").append(decision).append('\n');
        }
        for (int i = 0; i < children.size(); i++) {
            boolean last = i == children.size() - 1;
            children.get(i).print(text, rest + (last ? "  └ " : "  ├ "), rest + (last ? "    " : "  │ "));
        }
    }
}
