package io.github.tandem4j.cli;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.NamedRouters;
import io.github.tandem4j.router.learning.Recipe;
import io.github.tandem4j.router.learning.Sources;
import io.github.tandem4j.router.learning.Training;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.router.replay.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The routers that a command names, and what they read. */
final class RouterNames implements AutoCloseable {

    /** They read the text alone, so no encoder need be loaded for them. */
    private static final Set<String> OF_TEXT = Set.of("length", "ngrams", "trees");

    private final long seed;
    private final boolean bySubject;
    private final @Nullable Path embeddings;
    private @Nullable OnnxEmbeddingModel encoder;

    /** @param embeddings a file that keeps embeddings from one run to the next; null for none */
    RouterNames(long seed, boolean bySubject, @Nullable Path embeddings) {
        this.seed = seed;
        this.bySubject = bySubject;
        this.embeddings = embeddings;
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
                Recipe recipe = recipe(name);
                yield outcomes -> fitted(LearnedRouter.training(outcomes).between(weak, strong), recipe);
            }
        };
    }

    /** {@return the trainer of this name, for several models} */
    Trainer among(String name, List<String> models) {
        return switch (name) {
            case "random" -> outcomes -> random();
            case "oracle" -> outcomes -> oracle();
            default -> {
                Recipe recipe = recipe(name);
                yield outcomes -> fitted(LearnedRouter.training(outcomes).among(models), recipe);
            }
        };
    }

    private QualityEstimator fitted(Training training, Recipe recipe) {
        Training seeded = training.by(recipe).seed(seed);
        return (bySubject ? seeded.forNewSubjects() : seeded).fit();
    }

    private Recipe recipe(String name) {
        if (!listed().contains(name)) {
            throw new IllegalArgumentException("--router is " + name + "; valid is one of " + listed());
        }
        return NamedRouters.recipe(name, OF_TEXT.contains(name) ? Sources.text() : sources());
    }

    private Sources sources() {
        OnnxEmbeddingModel open = encoder;
        if (open == null) {
            open = SentenceEncoders.miniLm().open();
            encoder = open;
        }
        var view = Views.embedding(open.modelName(), open);
        return Sources.text().embedding(embeddings == null ? view : Views.cached(view, inExistingFolder(embeddings)));
    }

    private static Path inExistingFolder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IllegalArgumentException("--embeddings is " + file + ", whose folder is not there");
        }
        return file;
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

    @Override
    public void close() {
        if (encoder != null) {
            encoder.close();
        }
    }
}
