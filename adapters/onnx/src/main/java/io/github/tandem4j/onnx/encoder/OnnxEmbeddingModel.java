package io.github.tandem4j.onnx.encoder;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.LocalModel;
import io.github.tandem4j.ModelFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A sentence encoder on ONNX Runtime: texts to vectors, inside the process.
 *
 * <pre>{@code
 * OnnxEmbeddingModel model = OnnxEmbeddingModel.builder(directory).pooling(Pooling.CLS).threads(2).open();
 * EmbeddingModel queries = model.prefixed("query: ");
 * }</pre>
 *
 * <p>No text is cut: one that is longer than a row is taken in several rows, and its vector is the mean of theirs,
 * weighted by their tokens, before it is normalised. A blank text has a vector too, that of the tokens which begin and
 * end every text. Special tokens in a text are text. The vector of a text does not depend on the texts beside it beyond
 * rounding; a graph that quantises a batch with one scale is therefore given one row at a time.
 *
 * <p>Thread-safe: callers share the weights, each on its own thread, plus the threads of {@link Builder#threads}. A call
 * is not cut by an interrupt. Close the model to free the weights; calls that are under way then end with an {@link
 * io.github.tandem4j.EndpointClosedException}, as do later ones.
 *
 * <p>Mean pooling: Reimers and Gurevych, Sentence-BERT, EMNLP 2019.
 */
public final class OnnxEmbeddingModel implements EmbeddingModel, LocalModel, AutoCloseable {
    private final Encoder encoder;
    private final Pooling pooling;
    private final boolean normalized;
    private final String prefix;
    private final String name;

    private OnnxEmbeddingModel(Encoder encoder, Pooling pooling, boolean normalized, String prefix, String name) {
        this.encoder = encoder;
        this.pooling = pooling;
        this.normalized = normalized;
        this.prefix = prefix;
        this.name = name;
    }

    /**
     * Starts with a directory as Hugging Face's tools write it: {@code model.onnx}, there or in {@code onnx/}, {@code
     * tokenizer.json}, and, if there are, {@code config.json}, {@code sentence_bert_config.json} and {@code
     * 1_Pooling/config.json}.
     *
     * @param directory is not trusted
     * @return the builder
     */
    public static Builder builder(Path directory) {
        requireNonNull(directory, "directory");
        return new Builder(() -> EncoderFiles.in(directory));
    }

    /**
     * Starts with resources on the class path, read by Tandem's class loader.
     *
     * @param name of the model
     * @param model such as {@code all-minilm-l6-v2.onnx}
     * @param tokenizer such as {@code all-minilm-l6-v2-tokenizer.json}
     * @param dependency what an error tells the user to add where they are absent
     * @return the builder
     */
    public static Builder builder(String name, String model, String tokenizer, String dependency) {
        return new Builder(() -> EncoderFiles.onClassPath(name, model, tokenizer, dependency));
    }

    /**
     * The same model with a text put before every text, for models that were trained to be told what a text is, such as
     * {@code query: } and {@code passage: }. It shares the weights, so that closing either closes both.
     *
     * @param prefix replaces this model's
     * @return the model with the prefix
     */
    public OnnxEmbeddingModel prefixed(String prefix) {
        return new OnnxEmbeddingModel(encoder, pooling, normalized, requireNonNull(prefix, "prefix"), name);
    }

    /** Embeds a text, which may be blank. */
    @Override
    public Response<Embedding> embed(String text) {
        Response<List<Embedding>> all = embedTexts(List.of(text));
        return Response.from(all.content().get(0), all.tokenUsage());
    }

    @Override
    public Response<Embedding> embed(TextSegment segment) {
        return embed(segment.text());
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        return embedTexts(segments.stream().map(TextSegment::text).toList());
    }

    /**
     * Embeds texts, which may be blank.
     *
     * @param texts any number
     * @return their vectors in the same order, and the tokens that were read, special ones included
     */
    public Response<List<Embedding>> embedTexts(List<String> texts) {
        return encoder.whileOpen(() -> {
            List<List<Row>> rows = encoder.each(
                    texts,
                    text -> encoder.tokenizer()
                            .rows(encoder.tokenizer().encode(prefix + text), encoder.maxTokens(), 0));
            List<List<double[]>> vectors = encoder.compute(rows, this::pooled);
            List<Embedding> embeddings = new ArrayList<>(texts.size());
            int tokens = 0;
            for (int i = 0; i < rows.size(); i++) {
                tokens += rows.get(i).stream().mapToInt(Row::length).sum();
                embeddings.add(Embedding.from(joined(rows.get(i), vectors.get(i))));
            }
            return Response.from(embeddings, new TokenUsage(tokens));
        });
    }

    private double[] pooled(Row row, Numbers numbers, int index) {
        double[] vector = new double[numbers.width()];
        boolean mean = pooling == Pooling.MEAN && encoder.givesNumbersByToken();
        numbers.addMean(index, mean ? row.length() : 1, vector);
        return vector;
    }

    private float[] joined(List<Row> rows, List<double[]> vectors) {
        double[] sum = vectors.get(0);
        if (rows.size() > 1) {
            sum = new double[sum.length];
            double all = rows.stream().mapToInt(Row::weight).sum();
            for (int row = 0; row < rows.size(); row++) {
                double share = rows.get(row).weight() / all;
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += share * vectors.get(row)[i];
                }
            }
        }
        double length = 1;
        if (normalized) {
            length = 0;
            for (double value : sum) {
                length += value * value;
            }
            length = Math.max(Math.sqrt(length), Double.MIN_NORMAL);
        }
        float[] vector = new float[sum.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (sum[i] / length);
        }
        return vector;
    }

    /** {@return how many tokens a text has, special ones and prefix included} */
    public int countTokens(String text) {
        return encoder.whileOpen(() -> encoder.tokenizer().encode(prefix + text).count()
                + encoder.tokenizer().specials());
    }

    @Override
    public int dimension() {
        return encoder.width();
    }

    @Override
    public String modelName() {
        return name;
    }

    /** Ends all calls and frees the weights. More than once is harmless. */
    @Override
    public void close() {
        encoder.close();
    }

    @Override
    public String toString() {
        return "OnnxEmbeddingModel[" + name + ", dimension " + dimension() + "]";
    }

    /** Where the files are; they are looked for when the model is opened. */
    interface Source {
        EncoderFiles files();
    }

    /**
     * Sets up an embedding model. By default: pooling as {@code 1_Pooling/config.json} says, else the mean; normalised;
     * no prefix; {@link EncoderOptions#ofDefaults()}.
     */
    public static final class Builder {
        private final Source source;
        private EncoderOptions options = EncoderOptions.ofDefaults();
        private OptionalInt usualTokens = OptionalInt.empty();
        private @Nullable Pooling pooling;
        private @Nullable String name;
        private boolean normalized = true;
        private String prefix = "";

        Builder(Source source) {
            this.source = source;
        }

        /** Sets how token vectors become one. */
        public Builder pooling(Pooling pooling) {
            this.pooling = requireNonNull(pooling, "pooling");
            return this;
        }

        /** Sets whether vectors are scaled to length 1, so that a dot product is a cosine. */
        public Builder normalized(boolean normalized) {
            this.normalized = normalized;
            return this;
        }

        /** Sets what is put before every text; see {@link OnnxEmbeddingModel#prefixed}. */
        public Builder prefix(String prefix) {
            this.prefix = requireNonNull(prefix, "prefix");
            return this;
        }

        /** Sets the model's name, as {@link OnnxEmbeddingModel#modelName()} tells it. */
        public Builder name(String name) {
            this.name = requireNonNull(name, "name");
            return this;
        }

        /** Sets {@link EncoderOptions#threads}. */
        public Builder threads(int threads) {
            return options(options.threads(threads));
        }

        /** Sets {@link EncoderOptions#maxTokens}. */
        public Builder maxTokens(int tokens) {
            return options(options.maxTokens(tokens));
        }

        /** Sets {@link EncoderOptions#batchSize}. */
        public Builder batchSize(int rows) {
            return options(options.batchSize(rows));
        }

        /** Sets {@link EncoderOptions#arithmetic}. */
        public Builder arithmetic(Arithmetic arithmetic) {
            return options(options.arithmetic(arithmetic));
        }

        /** Sets how the model computes. */
        public Builder options(EncoderOptions options) {
            this.options = requireNonNull(options, "options");
            return this;
        }

        /** The longest row that the model was made for. */
        Builder usualTokens(int tokens) {
            usualTokens = OptionalInt.of(tokens);
            return this;
        }

        /**
         * Opens the model.
         *
         * @return the model; close it
         * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
         * @throws io.github.tandem4j.ConfigurationException if resources are not on the class path
         */
        public OnnxEmbeddingModel open() {
            EncoderFiles files = source.files();
            OptionalInt usual = usualTokens;
            if (usual.isEmpty()) {
                usual = files.beside("sentence_bert_config.json")
                        .map(config -> config.path("max_seq_length").asInt(0))
                        .filter(tokens -> tokens > 0)
                        .map(OptionalInt::of)
                        .orElse(usual);
            }
            Encoder encoder = Encoder.open(files, options, usual, outputs -> Outputs.vectors(files, outputs));
            return new OnnxEmbeddingModel(
                    encoder, pooling(files), normalized, prefix, name == null ? files.name() : name);
        }

        private Pooling pooling(EncoderFiles files) {
            if (pooling != null) {
                return pooling;
            }
            ObjectNode config = files.beside("1_Pooling/config.json").orElse(null);
            return config != null && config.path("pooling_mode_cls_token").asBoolean() ? Pooling.CLS : Pooling.MEAN;
        }
    }
}
