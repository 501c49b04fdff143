package io.github.tandem4j.router.defence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.router.LatestMessage;
import io.github.tandem4j.router.PromptEmbeddings;
import io.github.tandem4j.router.VersionedFile;
import io.github.tandem4j.routing.Router;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Knows whether a prompt is like those that a router was trained on, and keeps the router out of what it is no judge of.
 *
 * <pre>{@code
 * Familiarity familiar = Familiarity.of(embeddingModel, "all-MiniLM-L6-v2", trainingPrompts, heldOutPrompts);
 * Router careful = familiar.guard(trained, 0.01);          // abstains from the unlike
 * DeferralRule rule = familiar.guardRule(certified, 0.01);     // defers the unlike
 * familiar.write(path);
 * }</pre>
 *
 * <p>A prompt's distance is 1 less the mean cosine similarity to its {@value #NEAREST} nearest training prompts (after Sun,
 * Ming, Zhu and Li, Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022). Its p-value is conformal: {@code (1 +
 * held-out prompts at least so far) / (1 + held-out prompts)} (Bates, Candès, Lei, Romano and Sesia, Testing for Outliers with
 * Conformal p-Values, Annals of Statistics 51(1), 2023). So of prompts like the held-out ones at most a share α is called
 * unlike at level α, over the draw of them, whatever the encoder; how many unlike ones are found has no such promise.
 *
 * <p>It compares with every training prompt, of which there are {@value #MOST} at most.
 * Thread-safe if its embedding model is.
 */
public final class Familiarity {

    private static final String KIND = "familiarity";
    private static final int VERSION = 1;
    private static final int NEAREST = 10;
    private static final int MOST = 50_000;
    private static final int FEWEST = 30;

    private final PromptEmbeddings model;
    private final String encoderId;
    private final List<float[]> training;
    private final double[] heldOut;

    private Familiarity(PromptEmbeddings model, String encoderId, List<float[]> training, double[] heldOut) {
        this.model = model;
        this.encoderId = encoderId;
        this.training = training;
        this.heldOut = heldOut;
        Arrays.sort(heldOut);
    }

    /**
     * Learns what is familiar.
     *
     * @param model embeds prompts. One that is not {@linkplain io.github.tandem4j.LocalModel known to be local} is given none
     *     that may not travel: nothing is then known of such a prompt, and it is treated as unlike
     * @param encoderId names it in files; not blank
     * @param training prompts that the router was trained on, 30 to 50,000
     * @param heldOut others of the same kind, 30 or more, none of them among the training prompts
     * @throws IllegalArgumentException if they are too few or too many, or share a prompt
     */
    public static Familiarity of(EmbeddingModel model, String encoderId, List<String> training, List<String> heldOut) {
        if (encoderId.isBlank()) {
            throw new IllegalArgumentException("an encoder's id is blank; valid is a name such as all-MiniLM-L6-v2");
        }
        if (training.size() < FEWEST || training.size() > MOST || heldOut.size() < FEWEST) {
            throw new IllegalArgumentException(training.size() + " training and " + heldOut.size()
                    + " held-out prompts; valid are " + FEWEST + " to " + MOST + ", and " + FEWEST + " or more");
        }
        HashSet<String> known = new HashSet<>(training);
        heldOut.stream().filter(known::contains).findFirst().ifPresent(prompt -> {
            throw new IllegalArgumentException("a held-out prompt is among the training prompts: '"
                    + (prompt.length() > 60 ? prompt.substring(0, 60) + "…" : prompt) + "'; valid is none");
        });
        PromptEmbeddings embeddings = PromptEmbeddings.by(model);
        List<float[]> vectors = vectors(embeddings, training);
        double[] distances = vectors(embeddings, heldOut).stream()
                .mapToDouble(vector -> distance(vector, vectors))
                .toArray();
        return new Familiarity(embeddings, encoderId, vectors, distances);
    }

    /** {@return how far a prompt is from what is familiar, 0 to 2} */
    public double distance(String prompt) {
        return checked(vectors(model, List.of(prompt)).get(0));
    }

    private double checked(float[] vector) {
        if (vector.length != training.get(0).length) {
            throw new ConfigurationException("encoder " + encoderId + " gave " + vector.length + " numbers; valid is "
                    + training.get(0).length + ", as for the training prompts");
        }
        return distance(vector, training);
    }

    /** {@return the share of familiar prompts that are at least so far, over 0, at most 1; small is unlike} */
    public double pValue(double distance) {
        int below = Arrays.binarySearch(heldOut, distance);
        below = below < 0 ? -below - 1 : below;
        while (below > 0 && heldOut[below - 1] == distance) {
            below--;
        }
        return (1.0 + heldOut.length - below) / (1.0 + heldOut.length);
    }

    /**
     * {@return the router, which abstains from prompts that are unlike at this level}
     *
     * @param alpha the share of familiar prompts that may be taken for unlike, over 0, under 1
     * @throws IllegalArgumentException if it is out of range, or the held-out prompts are too few for it: then no prompt
     *     could ever be unlike
     */
    public Router guard(Router router, double alpha) {
        return new FamiliarRouter(this, Objects.requireNonNull(router, "router"), valid(alpha), null);
    }

    /**
     * {@return the router, in whose place this endpoint is chosen for prompts that are unlike at this level}
     *
     * @param alpha see {@link #guard(Router, double)}
     */
    public Router guard(Router router, double alpha, ModelEndpoint unlike) {
        return new FamiliarRouter(
                this,
                Objects.requireNonNull(router, "router"),
                valid(alpha),
                Objects.requireNonNull(unlike, "endpoint for the unlike"));
    }

    /**
     * {@return the rule, which defers answers to prompts that are unlike at this level, and else judges as it does; an answer
     * is judged once it is whole}
     *
     * @param alpha see {@link #guard(Router, double)}
     */
    public DeferralRule guardRule(DeferralRule rule, double alpha) {
        double level = valid(alpha);
        DeferralRule familiar = (request, reply) -> {
            try {
                Finding finding = find(request);
                return finding.pValue <= level
                        ? Verdict.defer(finding + " <= " + level)
                        : Verdict.keep(finding + " > " + level);
            } catch (PrivacyException e) {
                return Verdict.defer("familiarity is not known: " + e.getMessage());
            }
        };
        return Objects.requireNonNull(rule, "rule").and(familiar);
    }

    /** Writes the vectors and distances, and no prompt. */
    public void write(Path path) throws IOException {
        ObjectNode file = VersionedFile.begin(KIND, VERSION)
                .put("encoder", encoderId)
                .put("dimension", training.get(0).length)
                .put("held_out_count", heldOut.length)
                .put("held_out", VersionedFile.encode(heldOut));
        ArrayNode vectors = file.putArray("training");
        training.forEach(vector -> vectors.add(VersionedFile.encode(vector)));
        VersionedFile.write(path, file);
    }

    /**
     * Reads what was written.
     *
     * @throws ModelFileException if the file is of another version, encoder or dimension, or damaged
     */
    public static Familiarity read(Path path, EmbeddingModel model, String encoderId) throws IOException {
        VersionedFile file = VersionedFile.read(path, KIND, VERSION);
        file.require("encoder", encoderId);
        int dimension = model.dimension();
        file.requireDimension(dimension);
        JsonNode content = file.content();
        List<float[]> training = new ArrayList<>();
        for (JsonNode vector : content.path("training")) {
            training.add(file.vector(vector, dimension));
        }
        if (training.size() < FEWEST || training.size() > MOST) {
            throw file.refused("training", training.size() + " vectors", FEWEST + " to " + MOST);
        }
        int count = (int) file.number(content, "held_out_count", FEWEST, 10_000_000);
        return new Familiarity(
                PromptEmbeddings.by(model), encoderId, training, file.numbers(content, "held_out", count));
    }

    record Finding(double distance, double pValue) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "distance %.3f from the training prompts, p-value %.4f", distance, pValue);
        }
    }

    /** Throws a {@link PrivacyException} if the model may not be given the prompt. */
    Finding find(Request request) {
        double distance = checked(unit(model.of(request, LatestMessage.of(request))));
        return new Finding(distance, pValue(distance));
    }

    private double valid(double alpha) {
        if (!(alpha > 0 && alpha < 1)) {
            throw new IllegalArgumentException("alpha is " + alpha + "; valid is over 0, under 1");
        }
        if (alpha * (heldOut.length + 1) < 1) {
            throw new IllegalArgumentException("alpha is " + alpha + ", which " + heldOut.length
                    + " held-out prompts can never reach; valid is " + 1.0 / (heldOut.length + 1) + " or more");
        }
        return alpha;
    }

    private static double distance(float[] vector, List<float[]> training) {
        double[] nearest = new double[Math.min(NEAREST, training.size())];
        Arrays.fill(nearest, Double.NEGATIVE_INFINITY);
        for (float[] other : training) {
            float dot = 0;
            for (int i = 0; i < vector.length; i++) {
                dot += vector[i] * other[i];
            }
            int at = 0;
            if (dot > nearest[nearest.length - 1]) {
                while (nearest[at] >= dot) {
                    at++;
                }
                System.arraycopy(nearest, at, nearest, at + 1, nearest.length - at - 1);
                nearest[at] = dot;
            }
        }
        return 1 - Arrays.stream(nearest).average().orElseThrow();
    }

    private static List<float[]> vectors(PromptEmbeddings model, List<String> texts) {
        return model.of(texts).stream().map(Familiarity::unit).toList();
    }

    private static float[] unit(float[] vector) {
        Embedding own = new Embedding(vector.clone()); // the model may keep its own
        own.normalize();
        return own.vector();
    }
}
