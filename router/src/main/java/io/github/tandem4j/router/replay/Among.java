package io.github.tandem4j.router.replay;

import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.CompletionLengths;
import io.github.tandem4j.router.ExpectedCost;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.Hull;
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
            List<RecordedQuery> queries,
            QualityEstimator estimator,
            ExpectedCost expectation,
            double[] typical,
            DoubleConsumer progress) {
        this.models = models;
        this.alone = alone;
        int n = queries.size();
        quality = Gains.qualities(estimator, queries, models, progress);
        cost = new double[n][models.size()];
        boolean known = true;
        for (int i = 0; i < n; i++) {
            RecordedQuery query = queries.get(i);
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

    List<String> models() {
        return models.stream().map(RecordedEndpoint::model).toList();
    }

    /** {@return the model of each query, by its place} */
    int[] choice(double lambda) {
        int[] choice = new int[cost.length];
        for (int i = 0; i < cost.length; i++) {
            for (int m = 1; m < models.size(); m++) {
                choice[i] = value(i, m, lambda) > value(i, choice[i], lambda) ? m : choice[i];
            }
        }
        return choice;
    }

    Course course(String name, int[] choice) {
        Course course = new Course(name, cost.length);
        for (int i = 0; i < cost.length; i++) {
            take(course, i, choice[i]);
        }
        return course;
    }

    private void take(Course course, int query, int model) {
        course.take(alone.get(model), query);
        course.cost[query] = paid(query, model);
        course.strong[query] = Double.NaN; // none of several is the strong one
    }

    List<Double> shares(int[] choice) {
        double[] shares = new double[models.size()];
        for (int model : choice) {
            shares[model] += 1.0 / choice.length;
        }
        return Arrays.stream(shares).boxed().toList();
    }

    List<RouterFigures.Bin> reliability(int[] choice) {
        double[] estimated = new double[choice.length];
        double[] real = new double[choice.length];
        for (int i = 0; i < choice.length; i++) {
            estimated[i] = quality[choice[i]][i];
            real[i] = alone.get(choice[i]).score[i];
        }
        return RouterFigures.bins(estimated, real);
    }

    private double value(int query, int model, double lambda) {
        return isCostKnown && lambda > 0 ? quality[model][query] - lambda * cost[query][model] : quality[model][query];
    }

    /** What was recorded; where nothing was, what was expected. */
    private double paid(int query, int model) {
        double recorded = alone.get(model).cost[query];
        return Double.isNaN(recorded) ? cost[query][model] : recorded;
    }

    List<Course> singles() {
        List<Course> singles = new ArrayList<>();
        for (int m = 0; m < models.size(); m++) {
            singles.add(single(m));
        }
        return singles;
    }

    private Course single(int model) {
        int[] always = new int[cost.length];
        Arrays.fill(always, model);
        return course(models.get(model).model(), always);
    }

    /** {@return the place of the model that is best alone on these queries; of equals the first} */
    int bestSingle() {
        int best = 0;
        for (int m = 1; m < models.size(); m++) {
            best = Arrays.stream(alone.get(m).score).sum()
                            > Arrays.stream(alone.get(best).score).sum()
                    ? m
                    : best;
        }
        return best;
    }

    /** {@return the two neighbours on the hull of the single models, mixed at random so as to cost this on average} */
    Course mixture(double costUsd) {
        List<Course> singles = singles();
        List<Hull.Point> points = singles.stream().map(Among::point).toList();
        List<Hull.Point> hull = Hull.of(points);
        Hull.Point below = hull.get(0);
        Hull.Point above = below;
        for (Hull.Point corner : hull) {
            below = corner.cost() <= costUsd ? corner : below;
            above = corner;
            if (corner.cost() > costUsd) {
                break;
            }
        }
        double part = above.cost() > below.cost()
                ? Math.min(1, Math.max(0, (costUsd - below.cost()) / (above.cost() - below.cost())))
                : 0;
        return Course.mixed(
                "random mixture at the same cost",
                singles.get(points.indexOf(below)),
                singles.get(points.indexOf(above)),
                part);
    }

    private static Hull.Point point(Course course) {
        int[] once = Bootstrap.once(course.score.length);
        return new Hull.Point(Bootstrap.mean(course.cost, once), Bootstrap.mean(course.score, once));
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
        curve.add(at(0));
        if (isCostKnown) {
            double mean = 0;
            for (double[] costs : cost) {
                for (double each : costs) {
                    mean += each / (cost.length * (double) costs.length);
                }
            }
            for (int i = 0; i <= STEPS && mean > 0; i++) {
                curve.add(at(Math.pow(10, -3 + 6.0 * i / STEPS) / mean));
            }
        }
        return curve;
    }

    private ModelsReport.At at(double lambda) {
        int[] choice = choice(lambda);
        Hull.Point point = point(course("", choice));
        return new ModelsReport.At(lambda, point.quality(), point.cost(), shares(choice));
    }
}
