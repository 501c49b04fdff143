package io.github.tandem4j.router.cascades;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Price;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Trains a {@link CascadePolicy}.
 *
 * <ul>
 *   <li>stages: all models of the data, cheapest first
 *   <li>loss against the last stage: at most 0.01
 *   <li>constants: an exchange rate of 10, a caution of 1.5, a prior of 20
 *   <li>seed: 0
 * </ul>
 *
 * <p>Queries that not every stage answered are left out. Each outcome needs a cost, or tokens and a {@linkplain #priced price}; confidence, text and tokens may be
 * missing.
 */
public final class CascadeTraining {

    private static final int LEAST_ROWS = 30;
    private static final int MOST_STAGES = 8;
    private static final int MOST_ROWS = 200_000;

    private final RecordedOutcomes outcomes;
    private List<String> stages = List.of();
    private double maxLoss = 0.01;
    private FitConstants constants = FitConstants.USUAL;
    private long seed;
    private Map<String, Price> prices = Map.of();
    private Clock clock = Clock.systemUTC();

    CascadeTraining(RecordedOutcomes outcomes) {
        this.outcomes = Objects.requireNonNull(outcomes, "outcomes");
    }

    /** Names the stages, cheapest first: 2 to 8 models of the data. */
    public CascadeTraining stages(String... models) {
        return stages(List.of(models));
    }

    /** Names the stages, cheapest first: 2 to 8 models of the data. */
    public CascadeTraining stages(List<String> models) {
        if (models.size() < 2 || models.size() > MOST_STAGES || new HashSet<>(models).size() < models.size()) {
            throw new IllegalArgumentException(
                    "stages are " + models + "; valid are 2 to " + MOST_STAGES + " different models");
        }
        stages = List.copyOf(models);
        return this;
    }

    /** Says how much mean quality may be lost against the last stage: above 0 and at most 1. */
    public CascadeTraining maxLoss(double quality) {
        if (!(quality > 0 && quality <= 1)) {
            throw new IllegalArgumentException("largest loss is " + quality + "; valid is above 0, at most 1");
        }
        maxLoss = quality;
        return this;
    }

    /**
     * Sets what a few hundred rows cannot tell: choose it on other data than the policy is then judged by.
     *
     * @param rate what the whole of the last stage's cost is worth in quality at first, in permitted losses; above 0
     * @param caution by how many standard errors the cross-fitted loss must exceed the permitted one before that is lowered;
     *     0..10
     * @param prior the precision of the prior on a standardised weight, in examples; above 0
     */
    public CascadeTraining constants(double rate, double caution, double prior) {
        constants = new FitConstants(rate, caution, prior);
        return this;
    }

    /** Fixes how the rows are shuffled into folds. */
    public CascadeTraining seed(long number) {
        seed = number;
        return this;
    }

    /** Prices models, for answers whose cost was not recorded but whose tokens were. */
    public CascadeTraining priced(Map<String, Price> byModel) {
        prices = Map.copyOf(byModel);
        return this;
    }

    /** Tells the date that the policy carries. */
    public CascadeTraining clock(Clock other) {
        clock = Objects.requireNonNull(other, "clock");
        return this;
    }

    /**
     * {@return the policy}
     *
     * @throws ConfigurationException if the data has too few queries that all stages answered, no such model, or no costs
     */
    public CascadePolicy fit() {
        List<String> chosen = stages.isEmpty() ? StagesByCost.of(outcomes) : stages;
        stages(chosen);
        RecordedOutcomes complete = outcomes.having(chosen);
        if (complete.size() < LEAST_ROWS || complete.size() > MOST_ROWS) {
            throw new ConfigurationException(
                    complete.size() + " of " + outcomes.size() + " queries have outcomes of all stages " + chosen
                            + "; valid is " + LEAST_ROWS + " to " + MOST_ROWS);
        }
        Examples examples = Examples.of(complete, chosen, prices);
        if (!(examples.meanCost(chosen.size() - 1) > 0)) {
            throw new ConfigurationException("the last stage " + chosen.get(chosen.size() - 1)
                    + " costs nothing; valid is a last stage with a cost, of which the others are a share");
        }
        PriceChoice choice = PriceChoice.of(examples, maxLoss, constants, seed);
        AnswerModels models = AnswerModels.fit(examples, constants.prior());
        return new CascadePolicy(PolicyFile.of(
                chosen,
                Plan.at(choice.price(), models),
                models.evidence(),
                choice,
                new PolicyFile.Origin(
                        complete.size(),
                        outcomes.size() - complete.size(),
                        complete.fingerprint(),
                        maxLoss,
                        constants,
                        seed,
                        clock.instant().toString())));
    }
}
