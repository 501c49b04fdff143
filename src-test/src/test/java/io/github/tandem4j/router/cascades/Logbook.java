package io.github.tandem4j.router.cascades;

import io.github.tandem4j.Usd;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes up logs of three models that are surer where they are right, and agree where they are. */
final class Logbook {

    static final String[] STAGES = {"small", "medium", "large"};
    private static final double[] SKILL = {0.6, 0.8, 0.92};
    private static final String[] COSTS = {"0.0001", "0.0004", "0.002"};

    private Logbook() {}

    static RecordedOutcomes of(String name, int rows, long seed) {
        Random random = new Random(seed);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            RecordedQuery query = RecordedQuery.of(name + i, "question " + name + i);
            double ease = random.nextGaussian() * 0.25;
            for (int k = 0; k < STAGES.length; k++) {
                boolean right = random.nextDouble() < SKILL[k] + ease;
                double doubt = Math.exp(random.nextGaussian() + (right ? -4 : -1.5));
                query = query.outcome(
                        STAGES[k],
                        RecordedOutcome.scored(right ? 1 : 0)
                                .response(right ? "It is 42." : "It is " + random.nextInt(40) + ".")
                                .confidence(-doubt)
                                .tokens(20, 4)
                                .cost(Usd.of(COSTS[k])));
            }
            queries.add(query);
        }
        return RecordedOutcomes.of(queries);
    }
}
