package io.github.tandem4j.router.replay;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.learning.TrainedQuality;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.List;
import java.util.function.DoubleConsumer;

/** Asks an estimator about many queries; one that was trained reads them in batches, and says the same as one by one. */
final class Gains {

    private Gains() {}

    /** {@return of each query how much better the strong model is estimated to be} */
    static double[] of(
            QualityEstimator estimator,
            List<RecordedQuery> queries,
            RecordedEndpoint weak,
            RecordedEndpoint strong,
            DoubleConsumer progress) {
        if (estimator instanceof TrainedQuality trained
                && trained.isPair()
                && trained.models().equals(List.of(weak.id(), strong.id()))) {
            return trained.gains(requests(queries), progress);
        }
        double[][] qualities = qualities(estimator, queries, List.of(weak, strong), progress);
        double[] gains = new double[queries.size()];
        for (int i = 0; i < gains.length; i++) {
            gains[i] = qualities[1][i] - qualities[0][i];
        }
        return gains;
    }

    /** {@return for each model the estimated quality of each query} */
    static double[][] qualities(
            QualityEstimator estimator,
            List<RecordedQuery> queries,
            List<RecordedEndpoint> models,
            DoubleConsumer progress) {
        if (estimator instanceof TrainedQuality trained) {
            List<String> known = trained.models();
            double[][] all = trained.qualities(requests(queries), progress);
            return models.stream()
                    .map(model -> {
                        int place = known.indexOf(model.id());
                        if (place < 0) {
                            throw new ConfigurationException(
                                    "nothing was learned of " + model.id() + ", only of " + known);
                        }
                        return all[place];
                    })
                    .toArray(double[][]::new);
        }
        double[][] qualities = new double[models.size()][queries.size()];
        for (int i = 0; i < queries.size(); i++) {
            Request request = queries.get(i).request();
            Confidence first = Confidence.unknown();
            for (int m = 0; m < models.size(); m++) {
                Confidence estimate = estimator.estimate(request, models.get(m));
                first = m == 0 ? estimate : first;
                if (!estimate.isKnown() || estimate.kind() != first.kind()) {
                    throw new ConfigurationException(
                            "quality of " + models.get(m).id() + " on query "
                                    + queries.get(i).id() + " is estimated as " + estimate
                                    + "; valid are numbers of one kind for all models");
                }
                qualities[m][i] = estimate.value();
            }
            if (i % 256 == 0) {
                progress.accept((double) i / queries.size());
            }
        }
        progress.accept(1);
        return qualities;
    }

    private static List<Request> requests(List<RecordedQuery> queries) {
        return queries.stream().map(RecordedQuery::request).toList();
    }
}
