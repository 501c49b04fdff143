package io.github.tandem4j.router.cascades;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Chooses what a share of cost is worth in quality, so that the loss against the last stage stays small.
 *
 * <p>A few hundred rows cannot tell losses of a hundredth apart: a price tuned to them fits their noise. So the price starts
 * from an exchange rate, a multiple of the loss that is allowed for the whole of the last stage's cost, and is lowered
 * only where the rows speak against it: while the cross-fitted loss, less some of its standard errors, is more
 * than allowed. That loss is the mean, weighted by precision, of what was seen and of what the models foresaw on rows that
 * they were not fitted on, which is taken to be off by {@value #FORESIGHT}.
 *
 * @param price the price
 * @param loss what it is expected to lose against the last stage
 * @param error the standard error of that
 * @param cost what it is expected to cost, as a share of the last stage's cost
 */
record PriceChoice(double price, double loss, double error, double cost) {

    private static final double FORESIGHT = 0.01;
    private static final double STEP = 0.8;
    private static final int STEPS = 18;
    private static final int FOLDS = 5;
    private static final int REPEATS = 2;

    static PriceChoice of(Examples examples, double maxLoss, FitConstants constants, long seed) {
        List<Held> held = held(examples, constants.prior(), seed);
        double price = constants.rate() * maxLoss;
        PriceChoice choice = at(price, held, examples.size());
        for (int i = 0; i < STEPS && choice.loss - constants.caution() * choice.error > maxLoss; i++) {
            price *= STEP;
            choice = at(price, held, examples.size());
        }
        return choice;
    }

    /** Rows, and models that were fitted on others. */
    private record Held(AnswerModels models, Examples rows, List<Integer> places) {}

    private static List<Held> held(Examples examples, double prior, long seed) {
        List<Held> held = new ArrayList<>();
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            List<Integer> shuffled = new ArrayList<>();
            for (int i = 0; i < examples.size(); i++) {
                shuffled.add(i);
            }
            Collections.shuffle(shuffled, new Random(seed + repeat));
            for (int fold = 0; fold < FOLDS; fold++) {
                List<Integer> in = new ArrayList<>();
                List<Integer> out = new ArrayList<>();
                for (int i = 0; i < shuffled.size(); i++) {
                    (i % FOLDS == fold ? out : in).add(shuffled.get(i));
                }
                held.add(new Held(AnswerModels.fit(examples.at(in), prior), examples.at(out), out));
            }
        }
        return held;
    }

    private static PriceChoice at(double price, List<Held> held, int size) {
        double[] losses = new double[size];
        double foreseen = 0;
        double cost = 0;
        double lastCost = 0;
        for (Held each : held) {
            Outcome outcome = Outcome.of(Plan.at(price, each.models), each.models.evidence(), each.rows);
            for (int i = 0; i < outcome.losses().length; i++) {
                losses[each.places.get(i)] += outcome.losses()[i] / REPEATS;
                foreseen += outcome.foreseen()[i] / REPEATS / size;
                cost += outcome.costs()[i];
                lastCost += each.rows.costs()[i][each.rows.stages() - 1];
            }
        }
        double seen = 0;
        for (double loss : losses) {
            seen += loss / size;
        }
        double squares = 0;
        for (double loss : losses) {
            squares += (loss - seen) * (loss - seen);
        }
        double variance = squares / size / size;
        double weight = variance == 0 ? 0 : FORESIGHT * FORESIGHT / (FORESIGHT * FORESIGHT + variance);
        // Where no answer but the last stage's is given there is nothing to be wrong about.
        double error = variance == 0 ? 0 : Math.sqrt(variance * weight);
        return new PriceChoice(price, weight * seen + (1 - weight) * foreseen, error, cost / lastCost);
    }
}
