package io.github.tandem4j.router.learning;

import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.UserText;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleConsumer;

/** Outcomes with a signal that is known: questions with big numbers and the word "integral" are too hard for the weak model. */
final class Planted {

    static final String WEAK = "weak";
    static final String STRONG = "strong";

    private Planted() {}

    /** {@return queries of which the strong model answers nearly all and the weak one the easy ones} */
    static RecordedOutcomes outcomes(int size, long seed) {
        return outcomes(size, seed, true);
    }

    /** {@return queries whose outcomes have nothing to do with their text} */
    static RecordedOutcomes noise(int size, long seed) {
        return outcomes(size, seed, false);
    }

    private static RecordedOutcomes outcomes(int size, long seed, boolean signal) {
        Random random = new Random(seed);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            boolean hard = random.nextBoolean();
            String prompt = text(hard, random);
            boolean tooHard = signal ? hard : random.nextBoolean();
            double weak = random.nextDouble() < (tooHard ? 0.2 : 0.85) ? 1 : 0;
            double strong = random.nextDouble() < 0.9 ? 1 : 0;
            queries.add(RecordedQuery.of("q" + seed + "-" + i, prompt)
                    .outcome(WEAK, RecordedOutcome.scored(weak))
                    .outcome(STRONG, RecordedOutcome.scored(strong)));
        }
        return RecordedOutcomes.of(queries);
    }

    private static String text(boolean hard, Random random) {
        String[] nouns = {"river", "apple", "planet", "engine", "poem", "market", "garden", "violin"};
        String noun = nouns[random.nextInt(nouns.length)];
        return hard
                ? "Compute the integral of " + (1000 + random.nextInt(9000)) + " x over the " + noun
                        + " and prove it for " + random.nextInt(1000) + "."
                : "What is a " + noun + " and who likes the " + nouns[random.nextInt(nouns.length)] + " number "
                        + random.nextInt(10) + "?";
    }

    static List<Request> requests(RecordedOutcomes outcomes) {
        return outcomes.queries().stream().map(RecordedQuery::request).toList();
    }

    static double apgr(TrainedQuality quality, RecordedOutcomes test) {
        double[] gains = test.queries().stream()
                .mapToDouble(query -> query.score(STRONG) - query.score(WEAK))
                .toArray();
        return Explained.apgr(quality.gains(requests(test), done -> {}), gains);
    }

    /** An embedding of sixteen numbers that knows hard from easy among much that says nothing. */
    static Features embedding(String id, int dimension) {
        return numbers(id, dimension, 2);
    }

    /** Numbers that say nothing. */
    static Features blind(String id, int dimension) {
        return numbers(id, dimension, 0);
    }

    private static Features numbers(String id, int dimension, float signal) {
        return new Features() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public int dimension() {
                return dimension;
            }

            @Override
            public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
                float[][] rows = new float[requests.size()][];
                for (int i = 0; i < rows.length; i++) {
                    String text = UserText.of(requests.get(i));
                    Random random = new Random(text.hashCode());
                    rows[i] = new float[dimension];
                    for (int d = 0; d < dimension; d++) {
                        rows[i][d] = (float) random.nextGaussian();
                    }
                    rows[i][0] += text.contains("integral") ? signal : -signal;
                    rows[i][1] += text.contains("Lorem") ? 60 : 0;
                }
                return FeatureRows.dense(dimension, rows);
            }
        };
    }
}
