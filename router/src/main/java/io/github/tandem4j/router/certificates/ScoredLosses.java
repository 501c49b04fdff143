package io.github.tandem4j.router.certificates;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The answers that can be kept, the surest first. Equal confidences form a step: a threshold keeps all of them or none. */
final class ScoredLosses {

    private final double[] scores;
    private final double[] losses;
    private final int[] rows;

    ScoredLosses(List<LabelledAnswer> answers) {
        List<Integer> order = IntStream.range(0, answers.size())
                .filter(i -> answers.get(i).canBeKept())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -answers.get(i).confidence()))
                .toList();
        scores = new double[order.size()];
        losses = new double[order.size()];
        rows = new int[order.size()];
        for (int i = 0; i < scores.length; i++) {
            LabelledAnswer answer = answers.get(order.get(i));
            scores[i] = answer.confidence();
            losses[i] = answer.loss();
            rows[i] = order.get(i);
        }
    }

    int size() {
        return scores.length;
    }

    double score(int place) {
        return scores[place];
    }

    double loss(int place) {
        return losses[place];
    }

    /** {@return where the answer stood among all} */
    int row(int place) {
        return rows[place];
    }

    /** {@return whether the next answer is less sure, so that a threshold fits in between} */
    boolean endsStep(int place) {
        return place == scores.length - 1 || scores[place + 1] < scores[place];
    }
}
