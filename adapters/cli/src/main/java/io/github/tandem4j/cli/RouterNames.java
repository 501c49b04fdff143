package io.github.tandem4j.cli;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.router.replay.Trainer;
import java.util.SplittableRandom;

/** The routers that a command names. */
final class RouterNames {

    static final String LISTED = "random, oracle, length";

    private final long seed;

    RouterNames(long seed, boolean fast) {
        this.seed = seed;
    }

    /** {@return the trainer of this name, for a pair} */
    Trainer trainer(String name, String strong) {
        return name.equals("length") ? outcomes -> byLength(strong) : trainer(name);
    }

    /** {@return the trainer of this name, for any number of models} */
    Trainer trainer(String name) {
        return switch (name) {
            case "random" -> outcomes -> random();
            case "oracle" -> outcomes -> oracle();
            case "length" ->
                throw new IllegalArgumentException(
                        "--router length tells of a pair alone; name it by --weak and --strong");
            default -> throw new IllegalArgumentException("--router is " + name + "; valid is one of " + LISTED);
        };
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

    /** The longer a prompt, the more the strong model is worth asking. */
    private static QualityEstimator byLength(String strong) {
        return (request, endpoint) -> Confidence.rawScore(
                endpoint.id().equals(strong)
                        ? request.evidence()
                                .get(RecordedQuery.KEY)
                                .orElseThrow()
                                .prompt()
                                .length()
                        : 0,
                "length of the prompt");
    }
}
