package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trains an {@link AnswerQuality}.
 *
 * <ul>
 *   <li>confidence: the reply's own; of recorded outcomes the recorded one
 *   <li>embeddings: none
 *   <li>seed: 0
 * </ul>
 *
 * <p>Answers to one prompt stay in one fold.
 */
public final class AnswerQualityTraining {

    private static final int LEAST_ROWS = 30;
    private static final int MOST_ROWS = 20_000;
    private static final int FOLDS = 5;

    /** The precision of the prior on a weight of an embedding: that it explains a twentieth of what there is to explain. */
    private static final double EMBEDDING_PRIOR = 19;

    private final String endpoint;
    private final List<JudgedAnswer> answers = new ArrayList<>();
    private ConfidenceMeasure measure = (request, reply) -> reply.confidence();
    private @Nullable EmbeddingModel model;
    private long seed;
    private Clock clock = Clock.systemUTC();

    AnswerQualityTraining(String endpoint) {
        this.endpoint = Objects.requireNonNull(endpoint, "endpoint");
    }

    /** Learns from these answers, with all the evidence that they carry. */
    public AnswerQualityTraining on(Collection<JudgedAnswer> judged) {
        answers.addAll(judged);
        return this;
    }

    /**
     * Learns from what this endpoint's model answered in these outcomes; queries that it did not answer are left out. The
     * confidence is then the recorded one.
     */
    public AnswerQualityTraining on(RecordedOutcomes outcomes) {
        RecordedEndpoint recorded = RecordedEndpoint.of(endpoint, outcomes);
        for (RecordedQuery query : outcomes.having(List.of(endpoint))) {
            Request request = query.request();
            answers.add(new JudgedAnswer(request, recorded.answer(request), query.score(endpoint)));
        }
        return readingConfidenceBy(RecordedEndpoint.recordedConfidence());
    }

    /** Reads an answer's own confidence by this measure. */
    public AnswerQualityTraining readingConfidenceBy(ConfidenceMeasure other) {
        measure = Objects.requireNonNull(other, "measure");
        return this;
    }

    /** Reads the embeddings of question and answer too. */
    public AnswerQualityTraining embeddings(EmbeddingModel embeddings) {
        model = Objects.requireNonNull(embeddings, "embeddings");
        return this;
    }

    /** Fixes how the rows are shuffled into folds. */
    public AnswerQualityTraining seed(long number) {
        seed = number;
        return this;
    }

    /** Tells the date that the estimate carries. */
    public AnswerQualityTraining clock(Clock other) {
        clock = Objects.requireNonNull(other, "clock");
        return this;
    }

    /**
     * {@return the estimate}
     *
     * @throws ConfigurationException if there are fewer than 30 answers, or more than 20,000
     */
    public AnswerQuality fit() {
        int n = answers.size();
        if (n < LEAST_ROWS || n > MOST_ROWS) {
            throw new ConfigurationException(
                    n + " judged answers of " + endpoint + "; valid is " + LEAST_ROWS + " to " + MOST_ROWS);
        }
        Confidence[] confidences = answers.stream()
                .map(answer -> measure.measure(answer.request(), answer.reply()))
                .toArray(Confidence[]::new);
        ConfidenceScale scale = ConfidenceScale.of(
                Arrays.stream(confidences).mapToDouble(Confidence::value).toArray());
        double[] scores = answers.stream().mapToDouble(JudgedAnswer::score).toArray();
        int[] folds = folds();
        Joined joined = model == null ? null : new Joined(model, model.dimension());
        double[] embedded = new double[n];
        Arrays.fill(embedded, Double.NaN);
        LinearModel head = null;
        if (joined != null) {
            double[][] vectors = answers.stream()
                    .map(answer -> joined.of(answer.request(), answer.reply()))
                    .toArray(double[][]::new);
            double penalty = EMBEDDING_PRIOR * vectors[0].length;
            crossFit(vectors, scores, folds, embedded, (x, y) -> new Regression(x, penalty).linear(y)::at);
            head = new Regression(vectors, penalty).linear(scores);
        }
        double[][] rows = new double[n][];
        for (int i = 0; i < n; i++) {
            JudgedAnswer answer = answers.get(i);
            rows[i] = AnswerEvidence.of(scale, answer.request(), answer.reply(), confidences[i], embedded[i]);
        }
        double[] out = new double[n];
        crossFit(rows, scores, folds, out, (x, y) -> logistic(x, y)::probability);
        QualityFile file = QualityFile.of(
                endpoint,
                n,
                seed,
                clock.instant().toString(),
                figures(scores, out),
                scale,
                logistic(rows, scores),
                head);
        return new AnswerQuality(file, measure, joined);
    }

    private static LinearModel logistic(double[][] rows, double... scores) {
        return new Regression(rows, AnswerModels.PRIOR).logistic(scores, AnswerEvidence.rising());
    }

    private int[] folds() {
        int[] folds = new int[answers.size()];
        for (int i = 0; i < folds.length; i++) {
            String prompt = AnswerEvidence.prompt(answers.get(i).request());
            folds[i] = Math.floorMod(31 * Long.hashCode(seed) + prompt.hashCode() * 0x9E3779B9 >>> 7, FOLDS);
        }
        return folds;
    }

    private interface Fitter {
        ToDoubleFunction<double[]> fit(double[][] rows, double[] scores);
    }

    private static void crossFit(double[][] rows, double[] scores, int[] folds, double[] into, Fitter fitter) {
        for (int fold = 0; fold < FOLDS; fold++) {
            List<Integer> in = new ArrayList<>();
            for (int i = 0; i < rows.length; i++) {
                if (folds[i] != fold) {
                    in.add(i);
                }
            }
            if (in.isEmpty() || in.size() == rows.length) {
                continue; // nothing to fit on, or nothing to estimate
            }
            var fitted = fitter.fit(
                    in.stream().map(i -> rows[i]).toArray(double[][]::new),
                    in.stream().mapToDouble(i -> scores[i]).toArray());
            for (int i = 0; i < rows.length; i++) {
                if (folds[i] == fold) {
                    into[i] = fitted.applyAsDouble(rows[i]);
                }
            }
        }
    }

    private static double[] figures(double[] scores, double... estimates) {
        double mean = Arrays.stream(scores).average().orElseThrow();
        double error = 0;
        double spread = 0;
        for (int i = 0; i < scores.length; i++) {
            error += (scores[i] - estimates[i]) * (scores[i] - estimates[i]) / scores.length;
            spread += (scores[i] - mean) * (scores[i] - mean) / scores.length;
        }
        return new double[] {mean, error, spread};
    }
}
