package io.github.tandem4j.router.learning;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.ExpectedCost;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * How a choice is made from estimates.
 *
 * @param kind which number is compared with what
 * @param number the threshold of the gain, the price in USD of a unit of quality, or the least quality; any for the best
 */
record Policy(Kind kind, double number) {

    private static final ExpectedCost COST = new ExpectedCost(256);

    enum Kind {
        BEST,
        GAIN,
        PRICE,
        FLOOR
    }

    record Pick(ModelEndpoint endpoint, String why) {}

    record Named(String model, String why) {}

    static Policy best() {
        return new Policy(Kind.BEST, 0);
    }

    static Policy gain(double threshold) {
        return new Policy(Kind.GAIN, threshold);
    }

    static Policy price(double usd) {
        return new Policy(Kind.PRICE, usd);
    }

    static Policy floor(double quality) {
        return new Policy(Kind.FLOOR, quality);
    }

    /** The price of quality at which the reference would have cost this much an answer, found by halving. */
    static Policy within(double budget, TrainedQuality quality) {
        double[] costs = quality.reference().costs();
        for (int m = 0; m < costs.length; m++) {
            if (costs[m] < 0) {
                throw new IllegalStateException("the outcomes do not say what answers of "
                        + quality.models().get(m) + " cost; valid are outcomes with cost_usd, or payingForQuality");
            }
        }
        double least = Arrays.stream(costs).min().orElse(0);
        if (!(budget >= least)) {
            throw new IllegalArgumentException("budget is " + budget + " USD an answer; valid is " + least
                    + ", the cheapest model's mean, or more");
        }
        double low = 1e-9;
        double high = 1e9;
        for (int i = 0; i < 100; i++) {
            double middle = Math.sqrt(low * high);
            if (meanCost(middle, quality.reference().qualities(), costs) > budget) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return price(low);
    }

    private static double meanCost(double price, double[][] qualities, double[] costs) {
        double sum = 0;
        for (int i = 0; i < qualities[0].length; i++) {
            int best = 0;
            for (int m = 1; m < costs.length; m++) {
                if (qualities[m][i] - costs[m] / price > qualities[best][i] - costs[best] / price) {
                    best = m;
                }
            }
            sum += costs[best];
        }
        return sum / qualities[0].length;
    }

    /** Chooses among endpoints, at what they are expected to cost. */
    Pick pick(Request request, Estimate estimate, List<ModelEndpoint> candidates, TrainedQuality quality) {
        Named named = pick(
                estimate,
                candidates.stream().map(ModelEndpoint::id).toList(),
                model -> candidates.stream()
                        .filter(candidate -> candidate.id().equals(model))
                        .findFirst()
                        .flatMap(candidate -> COST.of(request, candidate))
                        .map(Policy::dollars)
                        .orElse(Double.NaN),
                quality);
        ModelEndpoint endpoint = candidates.stream()
                .filter(candidate -> candidate.id().equals(named.model()))
                .findFirst()
                .orElseThrow();
        return new Pick(endpoint, named.why());
    }

    /** Chooses among all models, at what they cost in training. */
    Named pick(Estimate estimate, TrainedQuality quality) {
        return pick(
                estimate,
                quality.models(),
                model -> {
                    double cost = quality.reference().costs()[quality.models().indexOf(model)];
                    return cost < 0 ? Double.NaN : cost;
                },
                quality);
    }

    private Named pick(Estimate estimate, List<String> models, ToDoubleFunction<String> cost, TrainedQuality quality) {
        return switch (kind) {
            case GAIN -> byGain(estimate, models, quality);
            case BEST -> best(estimate, models);
            case PRICE -> byPrice(estimate, models, cost);
            case FLOOR -> byFloor(estimate, models, cost);
        };
    }

    private Named byGain(Estimate estimate, List<String> models, TrainedQuality quality) {
        String weak = quality.models().get(0);
        String strong = quality.models().get(1);
        if (!models.contains(weak) || !models.contains(strong)) {
            return new Named(models.get(0), "the only candidate that the router knows");
        }
        double gain = estimate.quality(strong) - estimate.quality(weak);
        double[] usual = quality.reference().gains();
        int place = Arrays.binarySearch(usual, gain);
        double percentile = 100.0 * (place < 0 ? -place - 1 : place) / usual.length;
        boolean calls = gain >= number;
        return new Named(
                calls ? strong : weak,
                String.format(
                        Locale.ROOT,
                        "expected gain %.3f is %s %.3f (percentile %.0f of training)",
                        gain,
                        calls ? "at least" : "below",
                        Math.abs(number) == Double.MAX_VALUE ? Math.signum(number) : number,
                        percentile));
    }

    private static Named best(Estimate estimate, List<String> models) {
        String best = models.get(0);
        for (String model : models) {
            best = estimate.quality(model) > estimate.quality(best) ? model : best;
        }
        return new Named(best, String.format(Locale.ROOT, "best expected quality, %.3f", estimate.quality(best)));
    }

    private Named byPrice(Estimate estimate, List<String> models, ToDoubleFunction<String> cost) {
        Optional<String> best = models.stream()
                .filter(model -> !Double.isNaN(cost.applyAsDouble(model)))
                .max((a, b) -> Double.compare(value(estimate, a, cost), value(estimate, b, cost)));
        return best.map(model -> new Named(
                        model,
                        String.format(
                                Locale.ROOT,
                                "expected quality %.3f at $%.6f, value %.3f",
                                estimate.quality(model),
                                cost.applyAsDouble(model),
                                value(estimate, model, cost))))
                .orElseGet(() -> unpriced(estimate, models));
    }

    private double value(Estimate estimate, String model, ToDoubleFunction<String> cost) {
        return estimate.quality(model) - cost.applyAsDouble(model) / number;
    }

    private Named byFloor(Estimate estimate, List<String> models, ToDoubleFunction<String> cost) {
        Optional<String> cheapest = models.stream()
                .filter(model -> estimate.quality(model) >= number && !Double.isNaN(cost.applyAsDouble(model)))
                .min((a, b) -> Double.compare(cost.applyAsDouble(a), cost.applyAsDouble(b)));
        return cheapest.map(model -> new Named(
                        model,
                        String.format(
                                Locale.ROOT,
                                "the cheapest of expected quality %.3f or more, %.3f",
                                number,
                                estimate.quality(model))))
                .orElseGet(() -> {
                    Named best = best(estimate, models);
                    return new Named(
                            best.model(), String.format(Locale.ROOT, "none reaches %.3f; %s", number, best.why()));
                });
    }

    private static Named unpriced(Estimate estimate, List<String> models) {
        Named best = best(estimate, models);
        return new Named(best.model(), "no candidate has a known price; " + best.why());
    }

    private static double dollars(Usd amount) {
        return amount.nanos() / 1e9;
    }
}
