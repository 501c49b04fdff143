package io.github.tandem4j.onnx.encoder;

import static java.util.Objects.requireNonNull;

import io.github.tandem4j.ModelFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * A sequence classifier on ONNX Runtime: texts to the probabilities of labels.
 *
 * <pre>{@code
 * try (OnnxTextClassifier classifier = OnnxTextClassifier.open(directory)) {
 *     String label = classifier.classify("Prove that there are infinitely many primes.").get(0).label();
 * }
 * }</pre>
 *
 * <p>The directory is as Hugging Face's tools write it, and is not trusted: {@code model.onnx}, there or in {@code
 * onnx/}, {@code tokenizer.json}, and {@code config.json}, whose {@code id2label} names the labels and whose {@code
 * problem_type} says whether they exclude each other (softmax) or not (the logistic function for each).
 *
 * <p>No text is cut: of one that is longer than a row, the logits of its rows are averaged, weighted by their tokens.
 * Thread-safe. Close it to free the weights; calls then end with an {@link
 * io.github.tandem4j.EndpointClosedException}.
 */
public final class OnnxTextClassifier implements AutoCloseable {
    private final Encoder encoder;
    private final Labels labels;

    private OnnxTextClassifier(Encoder encoder, Labels labels) {
        this.encoder = encoder;
        this.labels = labels;
    }

    /** Opens a classifier with {@link EncoderOptions#ofDefaults()}. */
    public static OnnxTextClassifier open(Path directory) {
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
    public static OnnxTextClassifier open(Path directory, EncoderOptions options) {
        EncoderFiles files = EncoderFiles.in(requireNonNull(directory, "directory"));
        Labels labels = Labels.of(files);
        Encoder encoder = Encoder.open(
                files, options, OptionalInt.empty(), outputs -> Outputs.ofRank(files, outputs, 2, "logits"));
        try {
            labels.require(files, encoder.width());
            return new OnnxTextClassifier(encoder, labels);
        } catch (RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    /** {@return the labels, in the order of the model's numbers} */
    public List<String> labels() {
        return labels.names();
    }

    /** {@return the probability of each label for a text, the likeliest first} */
    public List<LabelProbability> classify(String text) {
        return classifyAll(List.of(text)).get(0);
    }

    /** {@return for each text the probability of each label, the likeliest first} */
    public List<List<LabelProbability>> classifyAll(List<String> texts) {
        return encoder.whileOpen(() -> {
            List<List<Row>> rows = encoder.each(
                    texts, text -> encoder.tokenizer().rows(encoder.tokenizer().encode(text), encoder.maxTokens(), 0));
            List<List<float[]>> logits = encoder.compute(rows, (row, numbers, index) -> numbers.ofRow(index));
            List<List<LabelProbability>> classified = new ArrayList<>(texts.size());
            for (int text = 0; text < rows.size(); text++) {
                classified.add(probabilities(rows.get(text), logits.get(text)));
            }
            return classified;
        });
    }

    private List<LabelProbability> probabilities(List<Row> rows, List<float[]> logits) {
        float[] mean = new float[encoder.width()];
        double all = rows.stream().mapToInt(Row::weight).sum();
        for (int row = 0; row < rows.size(); row++) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += (float) (rows.get(row).weight() / all * logits.get(row)[i]);
            }
        }
        double[] probabilities = labels.probabilities(mean);
        List<LabelProbability> found = new ArrayList<>(mean.length);
        for (int i = 0; i < mean.length; i++) {
            found.add(new LabelProbability(labels.names().get(i), probabilities[i]));
        }
        found.sort(Comparator.comparingDouble(LabelProbability::probability).reversed());
        return List.copyOf(found);
    }

    /** Ends all calls and frees the weights. More than once is harmless. */
    @Override
    public void close() {
        encoder.close();
    }

    @Override
    public String toString() {
        return "OnnxTextClassifier[" + encoder.name() + ", " + labels.names().size() + " labels]";
    }
}
