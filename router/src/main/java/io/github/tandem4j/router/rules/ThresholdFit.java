package io.github.tandem4j.router.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Fits each route's threshold on messages whose nearest route it is. Which route is nearest depends on no threshold, so the
 * routes are fitted one by one.
 */
final class ThresholdFit {

    private record Scored(double score, boolean right) {}

    private final List<List<Scored>> nearest = new ArrayList<>();
    private final int[] members;

    ThresholdFit(int routes) {
        members = new int[routes];
        for (int i = 0; i < routes; i++) {
            nearest.add(new ArrayList<>());
        }
    }

    /** Adds a message with its scores and its route's index; −1 if it has none. */
    void add(double[] scores, int route) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        nearest.get(best).add(new Scored(scores[best], best == route));
        if (route >= 0) {
            members[route]++;
        }
    }

    /** {@return a threshold a route: of the best F1 if the precision is 0, else the lowest of that precision} */
    double[] thresholds(double precision) {
        double[] thresholds = new double[members.length];
        for (int i = 0; i < members.length; i++) {
            thresholds[i] = threshold(nearest.get(i), members[i], precision);
        }
        return thresholds;
    }

    private static double threshold(List<Scored> scored, int members, double precision) {
        scored.sort(Comparator.comparingDouble(Scored::score).reversed());
        double best = Double.POSITIVE_INFINITY;
        double bestF1 = 0;
        int right = 0;
        for (int taken = 1; taken <= scored.size(); taken++) {
            Scored last = scored.get(taken - 1);
            right += last.right() ? 1 : 0;
            boolean tied = taken < scored.size() && scored.get(taken).score() == last.score();
            if (tied) {
                continue; // no threshold lies between two equal scores
            }
            // Half-way to the next lower score, so that the fitted message itself is not the edge.
            double edge =
                    taken < scored.size() ? (last.score() + scored.get(taken).score()) / 2 : last.score();
            if (precision > 0) {
                best = right >= precision * taken ? edge : best;
            } else {
                double f1 = 2.0 * right / (taken + members);
                if (f1 > bestF1) {
                    bestF1 = f1;
                    best = edge;
                }
            }
        }
        return Math.max(-1, Math.min(best, best == Double.POSITIVE_INFINITY ? best : 1));
    }
}
