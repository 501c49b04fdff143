package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Trains an {@link AnswerQuality}.
 *
 * <ul>
 *   <li>confidence: the reply's own; of recorded outcomes the recorded one
 *   <li>embeddings: none
 *   <li>hidden states: none
 *   <li>seed: 0
 * </ul>
 *
 * <p>Answers to one prompt stay in one fold.
 */
public final class AnswerQualityTraining {

    private static final int LEAST_ROWS = 30;
    private static final int MOST_ROWS = 20_000;
    private static final int FOLDS = 5;

    private final String endpoint;
    private final List<JudgedAnswer> answers = new ArrayList<>();
    private ConfidenceMeasure measure = (request, reply) -> reply.confidence();
    private @Nullable EmbeddingModel model;
    private ReadingWishes wishes = ReadingWishes.NONE;
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

    /**
     * Reads the states that enter these layers of the endpoint's own model, counted from 0, at the end of its answer. The
     * answers must carry them: see {@link JudgedAnswer#asking}.
     */
    public AnswerQualityTraining reading(int... layers) {
        ReadingWish wish = ReadingWish.none();
        for (int layer : layers) {
            wish = wish.last(layer);
        }
        return reading(new ReadingWishes(wish, ReadingWish.none()));
    }

    /**
     * Reads these hidden states of the endpoint's own model while it answered, and of its reading of the prompt. The answers
     * must carry them, and all of one reader; one that has none is a gap.
     *
     * @throws IllegalArgumentException if next tokens are wished for
     */
    public AnswerQualityTraining reading(ReadingWishes hidden) {
        if (!hidden.answer().nextTokens().isEmpty()
                || !hidden.prompt().nextTokens().isEmpty()) {
            throw new IllegalArgumentException("next tokens are wished for by " + hidden + "; valid are hidden states");
        }
        wishes = hidden;
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
     * @throws ConfigurationException if there are fewer than 30 answers, or more than 20,000; if all are to one prompt, or
     *     what is to be read is not there
     */
    public AnswerQuality fit() {
        return fit(new double[answers.size()]);
    }

    /**
     * {@return how likely each answer is right, 0..1, in the order in which they were given, each said by an estimate that
     * was not fitted on it} Recorded as their confidence, this is what a {@link CascadePolicy} is trained on that is to
     * {@linkplain CascadePolicy#readingConfidenceBy(String, ConfidenceMeasure) read} the estimate.
     *
     * @throws ConfigurationException as {@link #fit} does
     */
    public double[] crossFit() {
        double[] estimates = new double[answers.size()];
        AnswerQuality unused = fit(estimates);
        return estimates;
    }

    /** @param out where the cross-fitted estimates go */
    private AnswerQuality fit(double[] out) {
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
        if (Arrays.stream(folds).distinct().count() < 2) {
            throw new ConfigurationException("the judged answers of " + endpoint
                    + " are to so few prompts that none can be held out; valid is 30 prompts or more");
        }
        Joined joined = model == null ? null : new Joined(model, model.dimension());
        double[] embedded = new double[n];
        Arrays.fill(embedded, Double.NaN);
        LinearModel head = null;
        if (joined != null) {
            double[][] vectors = answers.stream()
                    .map(answer -> joined.of(answer.request(), answer.reply()))
                    .toArray(double[][]::new);
            head = FoldedRidge.fit(vectors, scores, folds, FOLDS, embedded);
        }
        double[] inside = new double[n];
        Arrays.fill(inside, Double.NaN);
        StatesHead states = wishes.equals(ReadingWishes.NONE) ? null : states(scores, folds, inside);
        double[][] rows = new double[n][];
        for (int i = 0; i < n; i++) {
            JudgedAnswer answer = answers.get(i);
            rows[i] =
                    AnswerEvidence.of(scale, answer.request(), answer.reply(), confidences[i], embedded[i], inside[i]);
        }
        // The heads' estimates of the other rows saw this one, as in any stacking; its own did not.
        FoldedRidge.crossFit(rows, scores, folds, FOLDS, out, (x, y) -> logistic(x, y)::probability);
        QualityFile file = QualityFile.of(
                endpoint,
                n,
                seed,
                clock.instant().toString(),
                figures(scores, out),
                scale,
                logistic(rows, scores),
                head,
                states);
        return new AnswerQuality(file, measure, joined);
    }

    /** @param inside where the cross-fitted estimates go */
    private StatesHead states(double[] scores, int[] folds, double[] inside) {
        List<StatesRead> reads = answers.stream()
                .map(answer -> StatesRead.of(wishes, answer.request(), answer.reply()))
                .toList();
        List<Integer> there = IntStream.range(0, reads.size())
                .filter(i -> reads.get(i) != null)
                .boxed()
                .toList();
        if (there.size() < LEAST_ROWS) {
            throw new ConfigurationException(there.size() + " of " + reads.size() + " judged answers of " + endpoint
                    + " carry the hidden states " + wishes.answer().states()
                    + wishes.prompt().states() + "; valid is "
                    + LEAST_ROWS + " or more, of an endpoint that was told to give them");
        }
        Set<String> readers = there.stream().map(i -> reads.get(i).reader()).collect(Collectors.toSet());
        if (readers.size() > 1 || readers.contains("")) {
            throw new ConfigurationException("the hidden states of " + endpoint + " are of the readers " + readers
                    + "; valid is one, which the reply names");
        }
        double[][] vectors = there.stream().map(i -> reads.get(i).numbers()).toArray(double[][]::new);
        int[] sizes = Arrays.stream(vectors)
                .mapToInt(vector -> vector.length)
                .distinct()
                .toArray();
        if (sizes.length > 1 || sizes[0] > StatesHead.MOST_NUMBERS) {
            throw new ConfigurationException("hidden states of " + endpoint + " have " + Arrays.toString(sizes)
                    + " numbers; valid is one size for all answers, up to " + StatesHead.MOST_NUMBERS);
        }
        double[] estimates = new double[there.size()];
        LinearModel quality = FoldedRidge.fit(
                vectors,
                there.stream().mapToDouble(i -> scores[i]).toArray(),
                there.stream().mapToInt(i -> folds[i]).toArray(),
                FOLDS,
                estimates);
        for (int i = 0; i < estimates.length; i++) {
            inside[there.get(i)] = estimates[i];
        }
        return new StatesHead(
                readers.iterator().next(),
                wishes.answer().states(),
                wishes.prompt().states(),
                quality);
    }

    private static LinearModel logistic(double[][] rows, double... scores) {
        return new Regression(rows, FitConstants.USUAL.prior()).logistic(scores, AnswerEvidence.rising());
    }

    private int[] folds() {
        int[] folds = new int[answers.size()];
        for (int i = 0; i < folds.length; i++) {
            String prompt = AnswerEvidence.prompt(answers.get(i).request());
            int mixed = 31 * Long.hashCode(seed) + prompt.hashCode() * 0x9E3779B9;
            folds[i] = (mixed >>> 7) % FOLDS;
        }
        return folds;
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
