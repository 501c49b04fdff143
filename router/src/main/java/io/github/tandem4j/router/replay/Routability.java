package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Whether this traffic and this pair of models can be routed at a profit at all.
 *
 * @param answer in a word
 * @param gap how much better the strong model is, in mean quality
 * @param oracleGain how much better than the better model alone it would be to know which to ask
 * @param weakSuffices the share of queries on which the weak model is at least as good
 * @param why what the answer rests on, in plain words
 * @param ground what there is to gain at all, in plain words
 */
public record Routability(
        Answer answer, Interval gap, Interval oracleGain, double weakSuffices, String why, String ground) {

    /** A verdict in a word. */
    public enum Answer {
        /** The score saves strong calls at a quality that chance would not reach. */
        YES,
        /** There is nothing to gain, or this score does not find it. */
        NO,
        /** The data do not tell. */
        NOT_SHOWN
    }

    static Routability of(RouterFigures figures, double[] weak, double[] strong, Bootstrap bootstrap) {
        int n = weak.length;
        double[] gain = new double[n];
        double[] best = new double[n];
        Arrays.setAll(gain, i -> strong[i] - weak[i]);
        Interval gap = bootstrap.mean(gain);
        double[] better = gap.value() > 0 ? strong : weak;
        Arrays.setAll(best, i -> Math.max(weak[i], strong[i]) - better[i]);
        Interval oracleGain = bootstrap.mean(best);
        double suffices = Arrays.stream(gain).filter(value -> value <= 0).count() / (double) n;
        Interval apgr = figures.apgr();
        Answer answer;
        String why;
        if (gap.high() <= 0) {
            answer = Answer.NO;
            why = "The strong model is not better here: ask the weak one always.";
        } else if (gap.low() <= 0) {
            answer = Answer.NOT_SHOWN;
            why = "These queries do not show that the strong model is better: record more of them.";
        } else if (apgr.low() > 0.5) {
            answer = Answer.YES;
            why = String.format(
                    Locale.ROOT,
                    "The score finds the queries that need the strong model better than chance does (APGR %s, chance"
                            + " .500). The first %.0f %% of the queries by its order recover half of what the strong model"
                            + " is better by, where chance takes 50 %%, and the first %.0f %% recover four fifths of it,"
                            + " where chance takes 80 %%. To keep 95 %% of the strong model's score, %.0f %% of its calls"
                            + " can be saved.",
                    apgr,
                    100 * figures.cpt50().value(),
                    100 * figures.cpt80().value(),
                    100 * figures.savedAt95());
        } else if (apgr.high() < 0.5) {
            answer = Answer.NO;
            why = "The score is worse than chance (APGR " + apgr + ", chance .500): do not route by it.";
        } else {
            answer = Answer.NOT_SHOWN;
            why = "The score is not shown to be better than chance (APGR " + apgr
                    + ", chance .500): another score or more queries are needed.";
        }
        String ground = String.format(
                Locale.ROOT,
                "What there is to gain: the strong model's mean score is higher by %s; on %.0f %% of the queries the weak"
                        + " one is at least as good; to know of each query which to ask would add %s to the better model"
                        + " alone.",
                gap,
                100 * suffices,
                oracleGain);
        return new Routability(answer, gap, oracleGain, suffices, why, ground);
    }

    /** {@return the verdict as a headline} */
    String headline() {
        return switch (answer) {
            case YES -> "Yes: routing pays here";
            case NO -> "No: do not route this traffic by this score";
            case NOT_SHOWN -> "Not shown: these queries do not tell whether routing pays";
        };
    }

    /** {@return the reasons, a paragraph each} */
    List<String> inWords() {
        return List.of(why, ground);
    }
}
