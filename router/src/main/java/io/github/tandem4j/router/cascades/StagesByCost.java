package io.github.tandem4j.router.cascades;

import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/** All models of the data, by their mean cost; one without any cost comes last, where its lack is told. */
final class StagesByCost {

    private StagesByCost() {}

    static List<String> of(RecordedOutcomes outcomes) {
        return outcomes.models().stream()
                .sorted(Comparator.comparingDouble(model -> meanCost(outcomes, model)))
                .toList();
    }

    private static double meanCost(RecordedOutcomes outcomes, String model) {
        OptionalDouble mean = outcomes.queries().stream()
                .flatMap(query -> query.outcome(model).stream())
                .mapToDouble(RecordedOutcome::costUsd)
                .filter(Double::isFinite)
                .average();
        return mean.orElse(Double.POSITIVE_INFINITY);
    }
}
