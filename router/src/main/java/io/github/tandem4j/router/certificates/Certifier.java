package io.github.tandem4j.router.certificates;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.router.calibration.Bounds;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Certifies that at most α of the answers that stay local are wrong, with confidence 1 - δ: from labelled answers it finds
 * the boldest threshold for which it can be shown, or refuses.
 *
 * <pre>{@code
 * Certificate certificate = Certifier.wrongAtMost(0.10)
 *         .withConfidence(0.95)
 *         .model(small)
 *         .measuredBy("mean token probability")
 *         .systemPrompt(prompt)
 *         .certify(CalibrationRows.of(answers))
 *         .orElseThrow();
 * }</pre>
 *
 * <p>The promise: over all draws of the calibration rows, the chance that a certificate is given whose threshold keeps a
 * share of more than α wrong answers, in the population that the rows were drawn from, is at most δ. If answers are graded,
 * "wrong" is one minus their quality. For what it rests on see the package's fixed sequence: independent rows, from the
 * requests that the stage will see; and, unless {@link #startingFrom} is given, an expected loss that does not rise with the
 * confidence. Thresholds are tested in one fixed order, which is valid whatever the losses are; that assumption is about where
 * the testing starts alone, which without other answers is placed by rank among the calibration rows. Where it does not hold
 * the promise is not proven, and in simulations was kept all the same.
 *
 * <p>Each method but {@link #certify} returns a new certifier. By default: confidence 0.95, the reported confidence, no
 * system prompt, answers that are right or wrong. Immutable and thread-safe.
 */
public final class Certifier {

    /** Fewer rows than this show nothing worth a promise. */
    static final int LEAST_ROWS = 30;

    private static final long MOST_LABELS = 10_000_000;

    private final double alpha;
    private double delta = 0.05;
    private String model = "";
    private @Nullable String profile;
    private String measure = Measures.REPORTED;
    private String systemPrompt = SystemPrompts.fingerprint(List.of());
    private double[] others = {};
    private boolean graded;
    private Clock clock = Clock.systemUTC();

    private Certifier(double alpha) {
        this.alpha = alpha;
    }

    private Certifier(Certifier from) {
        alpha = from.alpha;
        delta = from.delta;
        model = from.model;
        profile = from.profile;
        measure = from.measure;
        systemPrompt = from.systemPrompt;
        others = from.others;
        graded = from.graded;
        clock = from.clock;
    }

    /**
     * Promises that at most this share of the kept answers is wrong.
     *
     * @param alpha between 0 and 1, both excluded
     */
    public static Certifier wrongAtMost(double alpha) {
        return new Certifier(requireOpenUnit(alpha, "alpha, the share of kept answers that may be wrong,"));
    }

    /** Promises it with this confidence, 1 - δ, between 0 and 1, both excluded. */
    public Certifier withConfidence(double confidence) {
        requireOpenUnit(confidence, "confidence, which is 1 - delta,");
        return delta(1 - confidence);
    }

    /** Promises it but for this chance, δ, between 0 and 1, both excluded. */
    public Certifier delta(double chance) {
        Certifier next = new Certifier(this);
        next.delta = requireOpenUnit(chance, "delta, the chance that the promise is broken,");
        return next;
    }

    /** Certifies this model's answers; the certificate is void for another id, provider or location. */
    public Certifier model(ModelEndpoint endpoint) {
        Certifier next = model(endpoint.id());
        next.profile = Certificate.profileOf(endpoint);
        return next;
    }

    /** Certifies the answers of the model of this id; the certificate is void for another id. */
    public Certifier model(String id) {
        if (id.isBlank()) {
            throw new IllegalArgumentException("id of the model is blank");
        }
        Certifier next = new Certifier(this);
        next.model = id;
        next.profile = null;
        return next;
    }

    /**
     * Names what the confidence of the rows is: the name that the measure gives its {@link
     * io.github.tandem4j.Confidence#measure()}, such as {@code mean token probability}.
     */
    public Certifier measuredBy(String name) {
        Certifier next = new Certifier(this);
        next.measure = Objects.requireNonNull(name, "measure");
        return next;
    }

    /**
     * Says under which system prompts the rows were answered, in the order of their messages. The certificate is void for
     * others. What a template puts into the user's own message it cannot tell from what the user says.
     */
    public Certifier systemPrompt(String... texts) {
        Certifier next = new Certifier(this);
        next.systemPrompt = SystemPrompts.fingerprint(List.of(texts));
        return next;
    }

    /** Says that the rows were answered under the same mixture of system prompts that the stage will see. */
    public Certifier anySystemPrompt() {
        Certifier next = new Certifier(this);
        next.systemPrompt = SystemPrompts.ANY;
        return next;
    }

    /**
     * Places the start of the sequence by the confidences of other answers, which need no labels, such as last week's
     * traffic. The promise then rests on no assumption about confidence and risk.
     *
     * @param confidences of answers that are none of the calibration rows; 30 or more finite numbers
     */
    public Certifier startingFrom(double... confidences) {
        if (confidences.length < LEAST_ROWS || !Arrays.stream(confidences).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException(confidences.length + " confidences, "
                    + Arrays.stream(confidences)
                            .filter(c -> !Double.isFinite(c))
                            .count()
                    + " of them not finite; valid are " + LEAST_ROWS + " finite numbers or more");
        }
        Certifier next = new Certifier(this);
        next.others = confidences.clone();
        Arrays.sort(next.others);
        return next;
    }

    /**
     * Says that losses are graded, anything from 0 to 1, so that the betting test takes the place of the exact one. It is said
     * beforehand and not read off the rows: a test that is chosen by its own sample promises nothing. Without it a row whose
     * quality lies between 0 and 1 is refused.
     */
    public Certifier gradedLoss() {
        Certifier next = new Certifier(this);
        next.graded = true;
        return next;
    }

    /** Dates certificates by this clock. */
    public Certifier clock(Clock by) {
        Certifier next = new Certifier(this);
        next.clock = Objects.requireNonNull(by, "clock");
        return next;
    }

    /**
     * Certifies, or refuses.
     *
     * @throws ConfigurationException if there are fewer than 30 rows, no model was named, or an answer is graded and losses
     *     are not {@linkplain #gradedLoss said} to be
     */
    public Certification certify(CalibrationRows rows) {
        if (model.isEmpty()) {
            throw new ConfigurationException("no model was named; valid is a certifier with model(..)");
        }
        requireRows(rows.size());
        requireDeclared(rows);
        ScoredLosses kept = new ScoredLosses(rows.answers());
        boolean betting = graded;
        FixedSequence sequence = sequence();
        FixedSequence.Passed passed = sequence.boldest(kept);
        if (passed == null) {
            return new Refusal(alpha, delta, rows.size(), rows.error(), moreLabels(kept, rows.size(), sequence));
        }
        Certificate.Terms terms = new Certificate.Terms();
        terms.alpha = alpha;
        terms.delta = delta;
        terms.rows = rows.size();
        terms.kept = passed.kept();
        terms.loss = passed.loss();
        terms.bound = betting ? Math.min(alpha, bettingBound(kept, passed)) : exactBound(passed);
        terms.graded = betting;
        terms.threshold = passed.threshold();
        terms.measure = measure;
        terms.model = model;
        terms.profile = profile;
        terms.systemPrompt = systemPrompt;
        terms.data = rows.fingerprint();
        terms.date = clock.instant();
        terms.library = Certificate.libraryVersion();
        return new Certificate(terms, Measures.named(measure).orElse(null));
    }

    double alpha() {
        return alpha;
    }

    FixedSequence sequence() {
        return new FixedSequence(alpha, delta, others, graded);
    }

    void requireDeclared(CalibrationRows rows) {
        for (int i = 0; i < rows.size() && !graded; i++) {
            double quality = rows.answers().get(i).quality();
            if (quality != 0 && quality != 1) {
                throw new ConfigurationException("quality of calibration row " + (i + 1) + " is " + quality
                        + ", and answers are taken to be right or wrong; valid is 1 or 0, or a certifier of"
                        + " gradedLoss()");
            }
        }
    }

    static void requireRows(int rows) {
        if (rows < LEAST_ROWS) {
            throw new ConfigurationException(
                    "there are " + rows + " calibration rows; valid is " + LEAST_ROWS + " or more");
        }
    }

    private double exactBound(FixedSequence.Passed passed) {
        return Bounds.clopperPearsonUpper((int) passed.loss(), passed.kept(), delta);
    }

    private double bettingBound(ScoredLosses kept, FixedSequence.Passed passed) {
        double[] losses = new double[passed.kept()];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = kept.loss(i);
        }
        return Bounds.bettingUpper(losses, delta);
    }

    /** How many more the start of the sequence needs, if its answers are wrong as often as these that are as sure; of few, none need not be none. */
    private OptionalLong moreLabels(ScoredLosses kept, int rows, FixedSequence sequence) {
        double[] losses = new double[kept.size() + 1];
        for (int i = 0; i < kept.size(); i++) {
            losses[i + 1] = losses[i] + kept.loss(i);
        }
        for (double total = rows + 1; total < MOST_LABELS; total = Math.ceil(total * 1.02)) {
            int canBeKept = (int) (total * kept.size() / rows);
            for (FixedSequence.Start start : sequence.starts(canBeKept)) {
                int rank = Math.min(start.rank(), canBeKept);
                int here = (int) ((long) kept.size() * rank / Math.max(1, canBeKept));
                if (here > 0
                        && Bounds.binomialPValue(atMost(rank, (losses[here] + 0.5) / (here + 1) * rank), rank, alpha)
                                <= start.level()) {
                    return OptionalLong.of((long) total - rows);
                }
            }
        }
        return OptionalLong.empty();
    }

    private static int atMost(int most, double count) {
        return Math.min(most, (int) Math.ceil(count - 1e-9));
    }

    private static double requireOpenUnit(double value, String what) {
        if (!(value > 0 && value < 1)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is between 0 and 1, both excluded");
        }
        return value;
    }
}
