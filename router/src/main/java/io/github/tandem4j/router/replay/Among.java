package io.github.tandem4j.router.replay;

import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.CompletionLengths;
import io.github.tandem4j.router.ExpectedCost;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;

/** The choice among several models at every λ: estimates are made once, and compared as BestValue compares them. */
final class Among {

    /** What a completion is taken for where the training data does not say. */
    private static final int USUAL_COMPLETION = 256;

    private static final int STEPS = 24;

    private final List<RecordedEndpoint> models;
    private final List<Course> alone;
    private final double[][] quality;
    private final double[][] cost;
    private final boolean isCostKnown;

    /**
     * @param alone what each model was worth alone
     * @param expectation what a call is expected to cost at its price
     * @param typical the mean cost of each model in the training data; NaN if not known
     */
    Among(
            List<RecordedEndpoint> models,
            List<Course> alone,
            RecordedOutcomes queries,
            QualityEstimator estimator,
            ExpectedCost expectation,
            double[] typical,
            DoubleConsumer progress) {
        this.models = models;
        this.alone = alone;
        int n = queries.size();
        quality = Gains.qualities(estimator, queries.queries(), models, progress);
        cost = new double[n][models.size()];
        boolean known = true;
        for (int i = 0; i < n; i++) {
            RecordedQuery query = queries.queries().get(i);
            Request request = query.request();
            for (int m = 0; m < models.size(); m++) {
                RecordedEndpoint model = models.get(m);
                Optional<Usd> expected = expectation.of(request, model);
                cost[i][m] = expected.isPresent() ? expected.get().nanos() / 1e9 : typical[m];
                known &= Double.isFinite(cost[i][m]);
            }
        }
        isCostKnown = known;
    }

    /** {@return costs with completions as long as in the training data, of which no test query is} */
    static ExpectedCost expected(RecordedOutcomes train) {
        CompletionLengths lengths = CompletionLengths.startingAt(USUAL_COMPLETION);
        for (RecordedQuery query : train) {
            query.outcomes().forEach((model, outcome) -> {
                if (outcome.inputTokens().isPresent() && outcome.outputTokens().isPresent()) {
                    lengths.learn(
                            model,
                            outcome.inputTokens().getAsInt(),
                            outcome.outputTokens().getAsInt());
                }
            });
        }
        return new ExpectedCost(lengths);
    }

    boolean isCostKnown() {
        return isCostKnown;
    }

    Course at(String name, double lambda) {
        Course course = new Course(name, cost.length);
        for (int i = 0; i < cost.length; i++) {
            int best = 0;
            for (int m = 1; m < models.size(); m++) {
                best = value(i, m, lambda) > value(i, best, lambda) ? m : best;
            }
            course.take(alone.get(best), i);
            course.cost[i] = paid(i, best);
        }
        return course;
    }

    private double value(int query, int model, double lambda) {
        return isCostKnown && lambda > 0 ? quality[model][query] - lambda * cost[query][model] : quality[model][query];
    }

    /** What was recorded; where nothing was, what was expected. */
    private double paid(int query, int model) {
        double recorded = alone.get(model).cost[query];
        return Double.isNaN(recorded) ? cost[query][model] : recorded;
    }

    Course single(int model) {
        Course course = new Course(models.get(model).model(), cost.length);
        for (int i = 0; i < cost.length; i++) {
            course.take(alone.get(model), i);
            course.cost[i] = paid(i, model);
        }
        return course;
    }

    Course oracle() {
        Course best = single(0);
        for (int m = 1; m < models.size(); m++) {
            best = Course.best("oracle", best, single(m));
        }
        return best;
    }

    Course random() {
        Course mixed = single(0);
        for (int m = 1; m < models.size(); m++) {
            mixed = Course.mixed("each with the same chance", mixed, single(m), 1.0 / (m + 1));
        }
        return mixed;
    }

    /** From the best quality to the least cost, in even steps of the logarithm. */
    List<ModelsReport.At> curve() {
        List<ModelsReport.At> curve = new ArrayList<>();
        curve.add(point(0));
        if (isCostKnown) {
            double mean = 0;
            for (double[] costs : cost) {
                for (double each : costs) {
                    mean += each / (cost.length * (double) costs.length);
                }
            }
            for (int i = 0; i <= STEPS && mean > 0; i++) {
                curve.add(point(Math.pow(10, -3 + 6.0 * i / STEPS) / mean));
            }
        }
        return curve;
    }

    private ModelsReport.At point(double lambda) {
        Course course = at("", lambda);
        int[] once = new int[course.score.length];
        Arrays.fill(once, 1);
        return new ModelsReport.At(lambda, Resampling.mean(course.score, once), Resampling.mean(course.cost, once));
    }
}
