package io.github.tandem4j.router.features;

import dev.langchain4j.model.embedding.EmbeddingModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The usual views of a request. All read {@linkplain UserText what the user wrote}, and nothing of who asks.
 *
 * <pre>{@code
 * Features minilm = Views.cached(Views.embedding("all-minilm-l6-v2", model), Path.of("minilm.features"));
 * }</pre>
 */
public final class Views {

    private Views() {}

    /**
     * {@return the embedding of the text, at unit length}
     *
     * @param name which model it is; a trained router refuses another name or dimension
     * @param model any LangChain4j embedding model that serves many threads at once. One that is not {@linkplain
     *     io.github.tandem4j.LocalModel known to be local} is given no prompt that {@linkplain
     *     io.github.tandem4j.CallContext#mayTravel() may not travel}: reading such a request then throws a {@link
     *     io.github.tandem4j.PrivacyException}, and what was learned over the view estimates nothing for it
     */
    public static Features embedding(String name, EmbeddingModel model) {
        return new EmbeddingFeatures(requireName(name), Objects.requireNonNull(model, "embedding model"));
    }

    /** {@return 32 signs of the text: lengths, digits, mathematics, code, form of the question, script; dense} */
    public static Features text() {
        return new TextFeatures();
    }

    /** {@return how long the text is: the logarithms of its characters and words; dense} */
    public static Features length() {
        return new LengthFeatures();
    }

    /** {@return the text's words and pairs of words, hashed into 2^22 columns; sparse, at unit length} */
    public static Features words() {
        return NgramFeatures.words();
    }

    /** {@return runs of three to five characters within words, hashed into 2^22 columns; sparse, at unit length} */
    public static Features characters() {
        return NgramFeatures.characters();
    }

    /**
     * {@return the probabilities that a text classifier gives its labels; dense} With {@code Heads.ridge()} or {@code
     * Heads.trees()} over it, any text classifier becomes a router.
     *
     * @param name which classifier it is; a trained router refuses another name and other labels
     * @param labels one or more, each once
     * @param classifier gives each of the labels a probability, 0..1; called by many threads at once. It is given every prompt,
     *     those that may not travel too, so it must be local
     */
    public static Features labels(
            String name, List<String> labels, Function<String, ? extends Map<String, Double>> classifier) {
        return new LabelFeatures(requireName(name), labels, Objects.requireNonNull(classifier, "classifier"));
    }

    /** {@return several dense views, one behind the other} */
    public static Features joined(Features... views) {
        return new JoinedFeatures(List.of(views));
    }

    /**
     * {@return a dense view that reads no text twice: its vectors are kept in this file, which is made if need be} What was
     * read is added to the file at the end of each batch. One process writes at a time. In memory are some 40 bytes a text,
     * and the vectors used lately: up to 256 MB, and no more than an eighth of the heap.
     *
     * @throws io.github.tandem4j.ConfigurationException when first read, if the file is damaged or of another view
     */
    public static Features cached(Features features, Path file) {
        return new CachedFeatures(features, file);
    }

    /** {@return a dense view that keeps what it has read lately in memory, up to 256 MB and an eighth of the heap} */
    public static Features remembered(Features features) {
        return new CachedFeatures(features, null);
    }

    static String requireName(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name of a model that reads is blank");
        }
        return name;
    }
}
