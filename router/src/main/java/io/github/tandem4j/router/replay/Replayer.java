package io.github.tandem4j.router.replay;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.function.ToDoubleBiFunction;
import org.jspecify.annotations.Nullable;

/** Runs a strategy over recorded queries, and finds out how good its answers were. */
final class Replayer {

    private final List<RecordedQuery> queries;
    private final @Nullable ToDoubleBiFunction<RecordedQuery, Reply> scorer;
    private final DoubleConsumer progress;

    Replayer(
            List<RecordedQuery> queries,
            @Nullable ToDoubleBiFunction<RecordedQuery, Reply> scorer,
            DoubleConsumer progress) {
        this.queries = queries;
        this.scorer = scorer;
        this.progress = progress;
    }

    /**
     * {@return the models that the endpoint may ask, by the id of their endpoints}
     *
     * @throws ConfigurationException if it may ask one that is not recorded
     */
    static Map<String, RecordedEndpoint> recorded(ModelEndpoint endpoint) {
        Map<String, RecordedEndpoint> found = new LinkedHashMap<>();
        collect(endpoint, found);
        return found;
    }

    private static void collect(ModelEndpoint endpoint, Map<String, RecordedEndpoint> found) {
        if (endpoint instanceof RecordedEndpoint recorded) {
            found.put(endpoint.id(), recorded);
        } else if (endpoint instanceof StrategyEndpoint strategy) {
            strategy.members().forEach(member -> collect(member, found));
        } else {
            throw new ConfigurationException(endpoint.id() + " is a live endpoint, and a replay calls none; valid is a"
                    + " strategy over recorded endpoints");
        }
    }

    /** @param strong the model whose calls are counted; empty if there is none */
    Course run(ModelEndpoint strategy, String strong) {
        Map<String, RecordedEndpoint> models = recorded(strategy);
        Course course = new Course(strategy.id(), queries.size());
        for (int i = 0; i < queries.size(); i++) {
            RecordedQuery query = queries.get(i);
            Request request = query.request();
            Reply reply;
            try {
                reply = strategy.answer(request);
            } catch (TandemException e) {
                throw new ConfigurationException(
                        strategy.id() + " has no answer to query " + query.id() + ": " + e.getMessage(), e);
            }
            course.score[i] = score(query, reply, models);
            course.cost[i] = reply.cost().unpricedCalls() > 0
                    ? Double.NaN
                    : reply.cost().usd().nanos() / 1e9;
            Set<String> asked = asked(reply.trace(), models);
            boolean timed = asked.stream()
                    .allMatch(model -> query.outcome(model)
                            .flatMap(RecordedOutcome::latency)
                            .isPresent());
            course.latencyMs[i] = timed ? reply.cost().time().toNanos() / 1e6 : Double.NaN;
            course.strong[i] = asked.contains(strong) ? 1 : 0;
            if (i % 256 == 0) {
                progress.accept((double) i / queries.size());
            }
        }
        progress.accept(1);
        return course;
    }

    private static Set<String> asked(Trace trace, Map<String, RecordedEndpoint> models) {
        Set<String> asked = new HashSet<>();
        trace.nodes().forEach(node -> {
            RecordedEndpoint endpoint = models.get(node.endpoint());
            if (endpoint != null && node.outcome() == Trace.Outcome.ANSWERED) {
                asked.add(endpoint.model());
            }
        });
        return asked;
    }

    private double score(RecordedQuery query, Reply reply, Map<String, RecordedEndpoint> models) {
        RecordedEndpoint author = models.get(reply.author());
        if (author != null) {
            return query.score(author.model());
        }
        if (scorer != null) {
            double score = scorer.applyAsDouble(query, reply);
            if (!(score >= 0 && score <= 1)) {
                throw new ConfigurationException(
                        "score of the reply to query " + query.id() + " is " + score + "; valid is 0..1");
            }
            return score;
        }
        Set<Double> scores = new HashSet<>();
        for (RecordedEndpoint endpoint : models.values()) {
            query.outcome(endpoint.model())
                    .filter(outcome ->
                            outcome.response().filter(reply.text()::equals).isPresent())
                    .ifPresent(outcome -> scores.add(outcome.score()));
        }
        if (scores.size() != 1) {
            throw new ConfigurationException("the answer of " + reply.author() + " to query " + query.id()
                    + " is no model's own, and "
                    + (scores.isEmpty()
                            ? "no recorded answer has its text"
                            : "recorded answers of its text differ in score")
                    + "; tell Replay how to score it, by scoredBy");
        }
        return scores.iterator().next();
    }
}
