package io.github.tandem4j.onnx.encoder;

import static java.util.Objects.requireNonNull;

import io.github.tandem4j.ModelFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A token classifier on ONNX Runtime: the parts of a text that are names, places, numbers of cards, or whatever the
 * model was trained to find.
 *
 * <pre>{@code
 * try (OnnxTokenClassifier classifier = OnnxTokenClassifier.open(directory)) {
 *     List<LabelledSpan> found = classifier.classify("My name is Ada and I live in London.");
 * }
 * }</pre>
 *
 * <p>A word has the likeliest label of its first token. Words of one label that follow each other are one span, unless
 * the later one's label begins with {@code B-}; the label {@code O} is none. The directory is as {@link
 * OnnxTextClassifier}'s.
 *
 * <p>No text is cut: one that is longer than a row is taken in rows that overlap by a quarter, and each word's label is
 * from the row in which it has the most text around it. Thread-safe. Close it to free the weights; calls then end with
 * an {@link io.github.tandem4j.EndpointClosedException}.
 */
public final class OnnxTokenClassifier implements AutoCloseable {
    private final Encoder encoder;
    private final Labels labels;

    private OnnxTokenClassifier(Encoder encoder, Labels labels) {
        this.encoder = encoder;
        this.labels = labels;
    }

    /** Opens a classifier with {@link EncoderOptions#ofDefaults()}. */
    public static OnnxTokenClassifier open(Path directory) {
        return open(directory, EncoderOptions.ofDefaults());
    }

    /**
     * Opens a classifier.
     *
     * @param directory the model's
     * @param options how it computes
     * @return the classifier; close it
     * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
     */
    public static OnnxTokenClassifier open(Path directory, EncoderOptions options) {
        EncoderFiles files = EncoderFiles.in(requireNonNull(directory, "directory"));
        Labels labels = Labels.of(files);
        Encoder encoder = Encoder.open(
                files, options, OptionalInt.empty(), outputs -> Outputs.ofRank(files, outputs, 3, "logits"));
        try {
            labels.require(files, encoder.width());
            return new OnnxTokenClassifier(encoder, labels);
        } catch (RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    /** {@return the labels of tokens, in the order of the model's numbers} */
    public List<String> labels() {
        return labels.names();
    }

    /** {@return what is found in a text, from its beginning to its end} */
    public List<LabelledSpan> classify(String text) {
        return classifyAll(List.of(text)).get(0);
    }

    /** {@return what is found in each text, from its beginning to its end} */
    public List<List<LabelledSpan>> classifyAll(List<String> texts) {
        return encoder.whileOpen(() -> {
            List<Tokens> tokens =
                    encoder.each(texts, text -> encoder.tokenizer().encode(text));
            List<List<Row>> rows = encoder.each(
                    tokens, each -> encoder.tokenizer().rows(each, encoder.maxTokens(), encoder.maxTokens() / 4));
            List<List<float[][]>> logits = encoder.compute(rows, (row, numbers, index) -> {
                float[][] ofTokens = new float[row.to() - row.from()][];
                for (int i = 0; i < ofTokens.length; i++) {
                    ofTokens[i] = numbers.ofToken(index, row.prefix() + i);
                }
                return ofTokens;
            });
            List<List<LabelledSpan>> found = new ArrayList<>(texts.size());
            for (int i = 0; i < rows.size(); i++) {
                float[][] all = joined(tokens.get(i), rows.get(i), logits.get(i));
                found.add(new Spans(texts.get(i), tokens.get(i), labels).of(all));
            }
            return found;
        });
    }

    /** The logits of each token, from the row whose nearer end is the farthest from it. */
    private static float[][] joined(Tokens tokens, List<Row> rows, List<float[][]> logits) {
        float[][] joined = new float[tokens.count()][];
        int[] context = new int[tokens.count()];
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            for (int token = row.from(); token < row.to(); token++) {
                int around = 1 + Math.min(token - row.from(), row.to() - 1 - token);
                if (around > context[token]) {
                    context[token] = around;
                    joined[token] = logits.get(i)[token - row.from()];
                }
            }
        }
        return joined;
    }

    /** Ends all calls and frees the weights. More than once is harmless. */
    @Override
    public void close() {
        encoder.close();
    }

    @Override
    public String toString() {
        return "OnnxTokenClassifier[" + encoder.name() + ", " + labels.names().size() + " labels]";
    }
}
