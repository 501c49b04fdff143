package io.github.tandem4j.onnx.encoder;

import static java.util.Objects.requireNonNull;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.WindowExceededException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A cross-encoder on ONNX Runtime: how well a text answers a query, read together.
 *
 * <pre>{@code
 * try (OnnxScoringModel scorer = OnnxScoringModel.open(directory)) {
 *     double score = scorer.score("Paris is the capital of France.", "Which city is France's capital?").content();
 * }
 * }</pre>
 *
 * <p>A score is 0 to 1: the logistic function of the model's one number, or, of two, the softmax of the second. The
 * directory is as {@link OnnxTextClassifier}'s; {@code config.json} may be absent.
 *
 * <p>No text is cut: one that does not fit beside the query is taken in pieces, and its score is that of the best (Dai
 * and Callan, Deeper Text Understanding for IR, SIGIR 2019). A query may take half a row. Thread-safe. Close it to free
 * the weights; calls then end with an {@link io.github.tandem4j.EndpointClosedException}.
 */
public final class OnnxScoringModel implements ScoringModel, AutoCloseable {
    private final Encoder encoder;

    private OnnxScoringModel(Encoder encoder) {
        this.encoder = encoder;
    }

    /** Opens a cross-encoder with {@link EncoderOptions#ofDefaults()}. */
    public static OnnxScoringModel open(Path directory) {
        return open(directory, EncoderOptions.ofDefaults());
    }

    /**
     * Opens a cross-encoder.
     *
     * @param directory the model's
     * @param options how it computes
     * @return the model; close it
     * @throws ModelFileException if a file is missing, damaged, foreign or at odds with another one
     */
    public static OnnxScoringModel open(Path directory, EncoderOptions options) {
        EncoderFiles files = EncoderFiles.in(requireNonNull(directory, "directory"));
        Encoder encoder = Encoder.open(
                files, options, OptionalInt.empty(), outputs -> Outputs.ofRank(files, outputs, 2, "logits"));
        if (encoder.width() > 2) {
            encoder.close();
            throw new ModelFileException(files.modelName() + " gives " + encoder.width()
                    + " numbers for a pair; valid for a cross-encoder: 1, or 2 of which the second is for a match");
        }
        return new OnnxScoringModel(encoder);
    }

    /**
     * Scores segments against a query.
     *
     * @param segments any number
     * @param query at most half a row
     * @return a score each, 0 to 1, and the tokens that were read
     * @throws WindowExceededException if the query is longer
     */
    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        return encoder.whileOpen(() -> {
            Tokens asked = encoder.tokenizer().encode(query);
            int most = (encoder.maxTokens() - encoder.tokenizer().pairSpecials()) / 2;
            if (asked.count() > most) {
                throw new WindowExceededException("query has " + asked.count() + " tokens; valid for " + encoder.name()
                        + ": at most " + most + ", half a row of " + encoder.maxTokens());
            }
            List<List<Row>> rows = encoder.each(
                    segments,
                    segment -> encoder.tokenizer()
                            .rows(asked, encoder.tokenizer().encode(segment.text()), encoder.maxTokens()));
            List<List<Double>> scores = encoder.compute(rows, (row, numbers, index) -> score(numbers.ofRow(index)));
            List<Double> best = new ArrayList<>(segments.size());
            int tokens = 0;
            for (int i = 0; i < rows.size(); i++) {
                best.add(scores.get(i).stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElseThrow());
                tokens += rows.get(i).stream().mapToInt(Row::length).sum();
            }
            return Response.from(best, new TokenUsage(tokens));
        });
    }

    private static double score(float[] logits) {
        return Labels.logistic(logits.length == 1 ? logits[0] : logits[1] - logits[0]);
    }

    /** Ends all calls and frees the weights. More than once is harmless. */
    @Override
    public void close() {
        encoder.close();
    }

    @Override
    public String toString() {
        return "OnnxScoringModel[" + encoder.name() + "]";
    }
}
