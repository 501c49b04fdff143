package io.github.tandem4j.cli;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.NamedRouters;
import io.github.tandem4j.router.learning.Recipe;
import io.github.tandem4j.router.learning.Training;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.router.replay.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;
import java.util.function.Function;

/** The routers that a command names, and what trains them. */
final class RouterNames {

    private final long seed;
    private final boolean bySubject;
    private final boolean fast;
    private final RouterSources sources;

    RouterNames(long seed, boolean bySubject, boolean fast, RouterSources sources) {
        this.seed = seed;
        this.bySubject = bySubject;
        this.fast = fast;
        this.sources = sources;
    }

    /** {@return all names} */
    static List<String> listed() {
        List<String> names = new ArrayList<>(List.of("random", "oracle"));
        names.addAll(NamedRouters.names());
        return names;
    }

    /** {@return the trainer of this name, for a pair} */
    Trainer pair(String name, String weak, String strong) {
        return switch (name) {
            case "random" -> outcomes -> random();
            case "oracle" -> outcomes -> oracle();
            default -> {
                Recipe recipe = recipe(name, 2);
                yield learned(outcomes -> LearnedRouter.training(outcomes).between(weak, strong), recipe);
            }
        };
    }

    /** {@return the trainer of this name, for several models} */
    Trainer among(String name, List<String> models) {
        return switch (name) {
            case "random" -> outcomes -> random();
            case "oracle" -> outcomes -> oracle();
            default -> {
                Recipe recipe = recipe(name, models.size());
                yield learned(outcomes -> LearnedRouter.training(outcomes).among(models), recipe);
            }
        };
    }

    /** {@return the trainer that also tells how far it is} */
    private Trainer learned(Function<RecordedOutcomes, Training> team, Recipe recipe) {
        return new Trainer() {
            @Override
            public QualityEstimator train(RecordedOutcomes outcomes) {
                return train(outcomes, done -> {});
            }

            @Override
            public QualityEstimator train(RecordedOutcomes outcomes, DoubleConsumer progress) {
                Training seeded = team.apply(outcomes).by(recipe).seed(seed).progress(progress);
                return (bySubject ? seeded.forNewSubjects() : seeded).fit();
            }
        };
    }

    private Recipe recipe(String name, int models) {
        if (!listed().contains(name)) {
            throw new IllegalArgumentException("--router is " + name + "; valid is one of " + listed());
        }
        return NamedRouters.recipe(name, sources.of(name, fast), models);
    }

    /** Chance that is the same in every run: it depends on seed, query and model alone. */
    private QualityEstimator random() {
        return (request, endpoint) -> {
            String id = request.evidence().get(RecordedQuery.KEY).orElseThrow().id();
            long mixed = seed * 0x9e3779b97f4a7c15L
                    + 31L * id.hashCode()
                    + endpoint.id().hashCode();
            return Confidence.rawScore(new SplittableRandom(mixed).nextDouble(), "chance");
        };
    }

    /** Knows what became of the query: what no router can know. */
    private static QualityEstimator oracle() {
        return (request, endpoint) -> Confidence.rawScore(
                request.evidence().get(RecordedQuery.KEY).orElseThrow().score(((RecordedEndpoint) endpoint).model()),
                "recorded score");
    }
}
