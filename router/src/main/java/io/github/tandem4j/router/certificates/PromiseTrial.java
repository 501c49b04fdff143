package io.github.tandem4j.router.certificates;

import io.github.tandem4j.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;

/**
 * Puts a promise to the test where the truth is known: all rows are the population, and from calibration sets that are
 * drawn from it with replacement, half as many rows each, thresholds are certified. One whose kept answers in the whole
 * population are wrong in a share of more than α breaks the promise; this may happen in a share of δ of the draws. Beside
 * it stands a threshold that is merely tuned to error α on the same draw.
 *
 * @param splits how many calibration sets were drawn
 * @param calibrationRows how many rows each had
 * @param certified for how many a threshold was certified
 * @param violations how many of these broke the promise
 * @param naiveViolations how many of the tuned thresholds did
 * @param localShare the mean share of the population that is kept, 0 where nothing was certified
 * @param localError the mean share of wrong ones among the kept, where any are
 * @param naiveLocalShare the mean share that the tuned thresholds keep
 * @param oracleLocalShare the largest share that any threshold keeps with at most α wrong in the population
 * @param error the share of the population that is wrong
 * @param seed what the draws were made with
 */
public record PromiseTrial(
        int splits,
        int calibrationRows,
        int certified,
        int violations,
        int naiveViolations,
        Estimate localShare,
        Estimate localError,
        Estimate naiveLocalShare,
        double oracleLocalShare,
        double error,
        long seed) {

    /**
     * A mean over the draws.
     *
     * @param mean the mean; NaN of none
     * @param standardError of the mean; NaN of fewer than two
     */
    public record Estimate(double mean, double standardError) {

        static Estimate of(double sum, double squares, int count) {
            double mean = sum / count;
            double variance = Math.max(0, squares - sum * mean) / (count - 1);
            return new Estimate(count == 0 ? Double.NaN : mean, count < 2 ? Double.NaN : Math.sqrt(variance / count));
        }
    }

    /** Sums up over the draws. */
    private static final class Tally {
        private double sum;
        private double squares;
        private int count;

        private void add(double value) {
            sum += value;
            squares += value * value;
            count++;
        }

        private Estimate estimate() {
            return Estimate.of(sum, squares, count);
        }
    }

    /**
     * Runs the trial.
     *
     * @param certifier what promises; its model, measure and prompt do not matter here
     * @param population the rows; 60 or more, so that a draw has 30
     * @param splits how many calibration sets to draw, 1 to 1,000,000
     * @param seed the same seed draws the same sets
     * @param progress told the share that is done, 0..1
     */
    public static PromiseTrial run(
            Certifier certifier, CalibrationRows population, int splits, long seed, DoubleConsumer progress) {
        if (splits < 1 || splits > 1_000_000) {
            throw new IllegalArgumentException("splits are " + splits + "; valid is 1 to 1000000");
        }
        int rows = population.size() / 2;
        if (rows < Certifier.LEAST_ROWS) {
            throw new ConfigurationException("the population has " + population.size()
                    + " rows, and a calibration set half as many; valid is " + 2 * Certifier.LEAST_ROWS + " or more");
        }
        certifier.requireDeclared(population);
        double alpha = certifier.alpha();
        List<LabelledAnswer> all = population.answers();
        ScoredLosses truth = new ScoredLosses(all);
        FixedSequence sequence = certifier.sequence();
        SplittableRandom random = new SplittableRandom(seed);
        int violations = 0;
        int naiveViolations = 0;
        Tally shares = new Tally();
        Tally errors = new Tally();
        Tally naiveShares = new Tally();
        for (int split = 0; split < splits; split++) {
            List<LabelledAnswer> drawn = new ArrayList<>(rows);
            for (int i = 0; i < rows; i++) {
                drawn.add(all.get(random.nextInt(all.size())));
            }
            ScoredLosses calibration = new ScoredLosses(drawn);
            FixedSequence.Passed certified = sequence.boldest(calibration);
            Kept kept = Kept.at(certified == null ? Double.NaN : certified.threshold(), truth);
            shares.add((double) kept.count / all.size());
            if (certified != null) {
                errors.add(kept.error());
                violations += kept.breaks(alpha) ? 1 : 0;
            }
            Kept naive = Kept.at(tuned(calibration, alpha), truth);
            naiveShares.add((double) naive.count / all.size());
            naiveViolations += naive.breaks(alpha) ? 1 : 0;
            progress.accept((split + 1.0) / splits);
        }
        return new PromiseTrial(
                splits,
                rows,
                errors.count,
                violations,
                naiveViolations,
                shares.estimate(),
                errors.estimate(),
                naiveShares.estimate(),
                (double) Kept.at(tuned(truth, alpha), truth).count / all.size(),
                population.error(),
                seed);
    }

    /** What a threshold keeps of the population. */
    private record Kept(int count, double loss) {

        static Kept at(double threshold, ScoredLosses truth) {
            int count = 0;
            double loss = 0;
            while (count < truth.size() && truth.score(count) >= threshold) {
                loss += truth.loss(count);
                count++;
            }
            return new Kept(count, loss);
        }

        double error() {
            return count == 0 ? 0 : loss / count;
        }

        /** Sums of graded losses are not exact. */
        boolean breaks(double alpha) {
            return loss > alpha * count + 1e-9 * Math.max(1, count);
        }
    }

    /** {@return the boldest threshold at which at most a share of alpha of these is wrong; NaN if there is none} */
    private static double tuned(ScoredLosses rows, double alpha) {
        double loss = 0;
        double boldest = Double.NaN;
        for (int i = 0; i < rows.size(); i++) {
            loss += rows.loss(i);
            if (rows.endsStep(i) && !new Kept(i + 1, loss).breaks(alpha)) {
                boldest = rows.score(i);
            }
        }
        return boldest;
    }

    /** {@return the result in words} */
    @Override
    public String toString() {
        String wrong = certified == 0
                ? "none was certified"
                : String.format(Locale.ROOT, "of which %.1f %% wrong", 100 * localError.mean());
        return String.format(
                Locale.ROOT,
                "%d calibration sets of %d rows: %d certified, the promise broken in %d (%.2f %%); a threshold merely"
                        + " tuned breaks it in %d (%.1f %%). Kept: %.1f %% of the answers, %s; the best threshold of all"
                        + " would keep %.1f %%. Seed %d.",
                splits,
                calibrationRows,
                certified,
                violations,
                100.0 * violations / splits,
                naiveViolations,
                100.0 * naiveViolations / splits,
                100 * localShare.mean(),
                wrong,
                100 * oracleLocalShare,
                seed);
    }
}
