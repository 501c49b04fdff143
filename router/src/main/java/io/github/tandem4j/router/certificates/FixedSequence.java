package io.github.tandem4j.router.certificates;

import io.github.tandem4j.router.calibration.Bounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Learn-then-Test (Angelopoulos, Bates, Candès, Jordan and Lei, 2021) for the risk of what is kept, R(t) = E[loss | score
 * &ge; t].
 *
 * <p><b>The test.</b> For a fixed t, H<sub>t</sub> says R(t) &gt; α. Rows are independent draws, so given which of them
 * score t or more, these are independent draws of what is kept at t. With losses of 0 and 1 the number of wrong ones is
 * binomial with rate R(t), and P(Binomial(kept, α) &le; wrong) is an exact p-value: H<sub>t</sub> is rejected at δ where
 * the Clopper-Pearson upper bound is at most α. With graded losses the p-value is that of a bet against H<sub>t</sub>
 * (Waudby-Smith and Ramdas), over the kept rows in a random order.
 *
 * <p><b>The sequence.</b> From a start downwards, every real number is a threshold, in falling order; testing stops at the
 * first that is not rejected, and the last rejected one is certified. With several starts each has a part of δ, and one that
 * is reached without a stop adds its part to the level (Wiens' fallback procedure, 2003). What is kept changes only at a score that was seen,
 * so it suffices to test there. Let c be the first threshold from the start on with R(c) &ge; α; there is a first one, or
 * none, since R is continuous from the left. A threshold with R &gt; α lies at c or below, so it is certified only if
 * H<sub>c</sub> is rejected, which happens with probability at most δ, however many thresholds there are: fixed-sequence
 * testing (Maurer, Hothorn and Lehmacher, 1995). With several starts, H<sub>c</sub> is tested at no more than the sum of
 * the parts of those above; what lies below is tested anew from a start below, at that one's part; together δ.
 *
 * <p><b>The start</b> must not depend on the labels. If it comes from other answers, c is fixed, and the promise holds for
 * every distribution of scores and losses: a fixed sequence is valid in any fixed order, and whether the risk falls with the
 * score decides only how far it gets. If not, it is the score of rank k, for a k that depends on n, α and δ alone, and
 * the promise holds wherever the expected loss at a score does not rise with the score, ties or not. Proof: then R does
 * not rise either; let c be the largest number with R(c) &ge; α, whatever the start. Below c the expected loss is at least
 * α at every score, or it would be less than α at c and above too, and so would R(c). Let N rows score c or more. If N
 * &ge; k, the start is c or above, and a wrong certificate needs H<sub>c</sub> rejected: given N, with probability at most
 * δ. If N &lt; k, the start lies below c, and a wrong certificate needs the test at the start passed. Given N and all
 * scores below c, what is kept there is N independent draws of mean R(c) &ge; α and others of at least α each: the wrong
 * ones are stochastically no fewer than Binomial(kept, α), the bet's wealth is a supermartingale, and the probability is
 * at most δ again. Where confidence and risk are so much at odds that R crosses α several times, a start by rank may skip
 * a stretch of bad thresholds into which few rows fall; what that can add is a part of δ times the chance to skip it.
 * Simulations over distributions made for that (a bad stretch of every width just where the start
 * falls, good ones above and below) have not found one where the promise was broken more often than δ; that is no theorem:
 * give the start where it must be one.
 */
final class FixedSequence {

    /**
     * How many wrong ones the first start can bear. Measured on recorded outcomes of 39 pairs of models and tasks, 150 to
     * 900 rows: with none or one it stops at the first unlucky row, with six it starts beyond what could be certified.
     */
    private static final int BEARABLE = 2;

    /** So many times the rows of the first start must be there before others are worth their part of δ. */
    private static final int ROWS_FOR_MORE_STARTS = 4;

    private static final int MOST_STARTS = 5;

    /** Graded losses are tested at so many thresholds at most, evenly by rank. */
    private static final int MOST_BETS = 1000;

    /** A threshold that passed. */
    record Passed(double threshold, int kept, double loss) {}

    /** Where testing starts: how many rows are to be kept there, and at which level. */
    record Start(int rank, double level) {}

    private final double alpha;
    private final double delta;
    private final double[] others;
    private final boolean graded;
    private final Map<Double, int[]> bearable = new HashMap<>();

    /** @param others scores of other answers, rising, by which the starts are placed; none to place them by rank */
    FixedSequence(double alpha, double delta, double[] others, boolean graded) {
        this.alpha = alpha;
        this.delta = delta;
        this.others = others;
        this.graded = graded;
    }

    /** {@return the boldest threshold of the sequence that passes; null if none does} */
    @Nullable
    Passed boldest(ScoredLosses kept) {
        KeptTest test = graded ? new BettingTest(kept) : new ExactTest(kept);
        int stride = graded ? Math.max(1, kept.size() / MOST_BETS) : 1;
        List<Start> starts = starts(kept.size());
        int next = 0;
        double level = 0;
        int tested = -stride;
        int last = -1;
        for (int i = 0; i < kept.size(); i++) {
            test.keep(i);
            if (!kept.endsStep(i)) {
                continue;
            }
            double begins = 0;
            while (next < starts.size() && isAt(starts.get(next), i, kept)) {
                begins += level(starts.get(next++), kept);
            }
            level += begins;
            if (level > 0 && (begins > 0 || i - tested >= stride)) {
                tested = i;
                if (test.passes(Math.min(delta, level))) {
                    last = i;
                } else {
                    level = 0;
                }
            }
        }
        if (last < 0) {
            return null;
        }
        double loss = 0;
        for (int i = 0; i <= last; i++) {
            loss += kept.loss(i);
        }
        return new Passed(kept.score(last), last + 1, loss);
    }

    /** {@return whether the start is what is kept up to here, all of these scores} */
    private boolean isAt(Start start, int place, ScoredLosses kept) {
        if (others.length == 0) {
            return place + 1 >= Math.min(start.rank, kept.size());
        }
        return place + 1 == kept.size() || kept.score(place + 1) < threshold(start, kept.size());
    }

    private double threshold(Start start, int rows) {
        double share = Math.min(1, (double) start.rank / rows);
        return others[others.length - (int) Math.ceil(share * others.length)];
    }

    /** {@return the start's part; none if it keeps nothing, since of nothing nothing can be shown} */
    private double level(Start start, ScoredLosses kept) {
        return others.length > 0 && kept.score(0) < threshold(start, kept.size()) ? 0 : start.level;
    }

    /** {@return the starts for this many rows, the narrowest first; it depends on their number, α and δ alone} */
    List<Start> starts(int rows) {
        int alone = leastKept(BEARABLE, delta);
        if (rows < ROWS_FOR_MORE_STARTS * alone) {
            return List.of(new Start(alone, delta));
        }
        List<Integer> ranks = new ArrayList<>();
        for (int rank = leastKept(BEARABLE, delta / 2); rank < rows && ranks.size() < MOST_STARTS; rank *= 2) {
            ranks.add(rank);
        }
        List<Start> starts = new ArrayList<>();
        for (int rank : ranks) {
            starts.add(new Start(rank, starts.isEmpty() ? delta / 2 : delta / 2 / (ranks.size() - 1)));
        }
        return starts;
    }

    /** {@return the fewest rows kept of which this many may be wrong at this level} */
    private int leastKept(int wrong, double level) {
        int low = wrong;
        int high = wrong + 1;
        while (Bounds.binomialPValue(wrong, high, alpha) > level) {
            low = high;
            high *= 2;
        }
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (Bounds.binomialPValue(wrong, middle, alpha) > level) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** Tests what is kept so far. */
    private interface KeptTest {
        void keep(int place);

        boolean passes(double level);
    }

    private final class ExactTest implements KeptTest {
        private final ScoredLosses all;
        private int kept;
        private int wrong;

        private ExactTest(ScoredLosses all) {
            this.all = all;
        }

        @Override
        public void keep(int place) {
            kept++;
            wrong += all.loss(place) > 0 ? 1 : 0;
        }

        @Override
        public boolean passes(double level) {
            return wrong <= bearable(level, all.size())[kept];
        }
    }

    /** {@return how many of so many kept may be wrong; -1 where not even none. It rises by one at most} */
    private int[] bearable(double level, int most) {
        int[] known = bearable.get(level);
        if (known != null && known.length > most) {
            return known;
        }
        int[] more = new int[most + 1];
        for (int n = 0; n <= most; n++) {
            int before = n == 0 ? -1 : more[n - 1];
            more[n] = n > before + 1 && Bounds.binomialPValue(before + 1, n, alpha) <= level ? before + 1 : before;
        }
        bearable.put(level, more);
        return more;
    }

    private final class BettingTest implements KeptTest {
        private final double[] shuffled;
        private final int[] placeOf;
        private final boolean[] isKept;
        private int kept;

        private BettingTest(ScoredLosses all) {
            // An order that knows nothing of the losses, whatever the order of the rows was.
            SplittableRandom random = new SplittableRandom(20211001);
            placeOf = new int[all.size()];
            Arrays.setAll(placeOf, i -> i);
            for (int i = placeOf.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int other = placeOf[i];
                placeOf[i] = placeOf[j];
                placeOf[j] = other;
            }
            shuffled = new double[all.size()];
            for (int i = 0; i < shuffled.length; i++) {
                shuffled[placeOf[i]] = all.loss(i);
            }
            isKept = new boolean[all.size()];
        }

        @Override
        public void keep(int place) {
            isKept[placeOf[place]] = true;
            kept++;
        }

        @Override
        public boolean passes(double level) {
            return Bounds.bettingPValue(losses(), alpha, level) <= level;
        }

        private double[] losses() {
            double[] losses = new double[kept];
            int next = 0;
            for (int i = 0; i < shuffled.length; i++) {
                if (isKept[i]) {
                    losses[next++] = shuffled[i];
                }
            }
            return losses;
        }
    }
}
