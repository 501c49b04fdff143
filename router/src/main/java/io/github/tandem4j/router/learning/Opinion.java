package io.github.tandem4j.router.learning;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import java.nio.file.Path;

/** One scorer that has learned, with what its scores are usually like and what it is familiar with. */
final class Opinion {

    private final Scorer scorer;
    private final FittedHead head;
    private final Familiarity familiarity;
    private final double[] means;
    private final double[] spreads;

    Opinion(Scorer scorer, FittedHead head, Familiarity familiarity, double[] means, double[] spreads) {
        // what a model learns that joins later, it learns anew
        this.scorer = scorer.head() instanceof Gathered ? Heads.ridge().over(scorer.features()) : scorer;
        this.head = head;
        this.familiarity = familiarity;
        this.means = means;
        this.spreads = spreads;
    }

    Scorer scorer() {
        return scorer;
    }

    /**
     * {@return for each target each row's score in standard deviations from the usual; shrunk where it is not familiar}
     *
     * @param task for each row how familiar the kind of task is, 0..1
     * @param familiarities takes for each row how familiar it is to this opinion
     */
    double[][] standardised(FeatureRows rows, double[] task, double[] familiarities) {
        double[][] scores = head.predict(rows);
        boolean bound = scorer.features().isBoundToTask();
        for (int i = 0; i < rows.size(); i++) {
            familiarities[i] = familiarity.of(rows, i) * (bound ? task[i] : 1);
            for (int t = 0; t < scores.length; t++) {
                scores[t][i] = spreads[t] > 0 ? familiarities[i] * (scores[t][i] - means[t]) / spreads[t] : 0;
            }
        }
        return scores;
    }

    void write(Weights scores, Weights likeness, Weights usual) {
        head.write(scores);
        familiarity.write(likeness);
        usual.put("means", means).put("spreads", spreads);
    }

    /**
     * Tries what was read from a file on one row of zeros.
     *
     * @throws ModelFileException if it does not fit the view or the targets
     */
    void requireFor(Features view, int targets, Path file) {
        FeatureRows zeros = scorer.head().name().startsWith("sparse")
                ? FeatureRows.sparse(view.dimension(), new int[1][0], new float[1][0])
                : FeatureRows.dense(view.dimension(), new float[1][view.dimension()]);
        try {
            double[][] scores = head.predict(zeros);
            familiarity.of(zeros, 0);
            if (scores.length != targets) {
                throw new ModelFileException(
                        "router file " + file + " scores " + scores.length + " targets; valid are " + targets);
            }
        } catch (ArrayIndexOutOfBoundsException | IllegalStateException e) {
            throw new ModelFileException(
                    "router file " + file + " has weights of " + scorer.head().name() + " that do not fit "
                            + view.dimension() + " features of " + view.id(),
                    e);
        }
    }
}
