package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Models whose quality is learned together. Of a weak and a strong one the gain is learned itself, beside the quality of
 * the weak; of others the quality of each.
 *
 * @param models one or more
 * @param pair whether they are a weak and a strong one
 */
record Team(List<String> models, boolean pair) {

    /** {@return what is learned, for each target and query; NaN is a gap} */
    double[][] targets(List<RecordedQuery> queries) {
        double[][] targets = new double[models.size()][queries.size()];
        for (int m = 0; m < models.size(); m++) {
            for (int i = 0; i < queries.size(); i++) {
                targets[m][i] = queries.get(i).score(models.get(m));
            }
        }
        if (pair) {
            for (int i = 0; i < queries.size(); i++) {
                targets[1][i] -= targets[0][i];
            }
        }
        return targets;
    }

    /** {@return the quality of each model, from the estimates of the targets} */
    double[][] qualities(double[][] estimates) {
        if (!pair) {
            return estimates;
        }
        double[] strong = IntStream.range(0, estimates[0].length)
                .mapToDouble(i -> estimates[0][i] + estimates[1][i])
                .toArray();
        return new double[][] {estimates[0], strong};
    }
}
