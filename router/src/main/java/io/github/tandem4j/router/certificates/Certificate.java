package io.github.tandem4j.router.certificates;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.Guarantee;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.cascade.RunningJudge;
import io.github.tandem4j.cascade.TextSignal;
import io.github.tandem4j.cascade.Verdict;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A promise that was proven on labelled answers: at most α of the answers of a model that this keeps are wrong, with
 * confidence 1 - δ. A cascade enforces it:
 *
 * <pre>{@code
 * Cascade.startingWith(small).acceptUnder(certificate).deferTo(large).build();
 * }</pre>
 *
 * <p>It keeps an answer whose confidence is at least its {@link #threshold}, and defers what is malformed ({@linkplain
 * TextSignal#EMPTY empty}, {@linkplain TextSignal#TRUNCATED cut}, {@linkplain TextSignal#BROKEN_JSON broken JSON}, a
 * {@linkplain TextSignal#BROKEN_TOOL_CALL broken tool call}), whose confidence is not known, or whose request came with
 * another system prompt. It speaks of whole answers, so it keeps none early; it defers early only where the measure can
 * but fall.
 *
 * <p>The promise is about requests like those of the calibration rows. In a cascade of several stages they are the ones
 * that reach this stage. It is void when the model, its weights, its sampling parameters, the system prompt or the traffic
 * change; the first and the system prompt are checked, the traffic is watched by {@link #watchedBy}. See {@link Guarantee}
 * for why it holds no longer when other rules defer more.
 *
 * <p>Immutable and thread-safe.
 */
public final class Certificate implements Guarantee, Certification {

    private static final List<TextSignal> MALFORMED =
            List.of(TextSignal.EMPTY, TextSignal.TRUNCATED, TextSignal.BROKEN_JSON, TextSignal.BROKEN_TOOL_CALL);

    /** What a certificate says, in the making. */
    static final class Terms {
        double alpha;
        double delta;
        int rows;
        int kept;
        double loss;
        double bound;
        boolean graded;
        double threshold;
        String measure = "";
        String model = "";

        @Nullable
        String profile;

        String systemPrompt = "";
        String data = "";
        Instant date = Instant.EPOCH;
        String library = "";
    }

    private final double alpha;
    private final double delta;
    private final int rows;
    private final int kept;
    private final double loss;
    private final double bound;
    private final boolean graded;
    private final double threshold;
    private final String measureName;
    private final String model;
    private final @Nullable String profile;
    private final String systemPrompt;
    private final String data;
    private final Instant date;
    private final String library;
    private final @Nullable ConfidenceMeasure measure;

    Certificate(Terms terms, @Nullable ConfidenceMeasure measure) {
        alpha = terms.alpha;
        delta = terms.delta;
        rows = terms.rows;
        kept = terms.kept;
        loss = terms.loss;
        bound = terms.bound;
        graded = terms.graded;
        threshold = terms.threshold;
        measureName = terms.measure;
        model = terms.model;
        profile = terms.profile;
        systemPrompt = terms.systemPrompt;
        data = terms.data;
        date = terms.date;
        library = terms.library;
        this.measure = measure;
    }

    /**
     * Reads a file that {@link #save} wrote.
     *
     * @throws io.github.tandem4j.ModelFileException if it cannot be read, is none, is of another version, or does not say
     *     what its own numbers show
     */
    public static Certificate load(Path file) {
        return CertificateJson.load(file);
    }

    /** Writes it as a file: beside it first, and moved into place when it is whole. */
    public void save(Path file) {
        CertificateJson.save(this, file);
    }

    /**
     * {@return the same certificate, which measures with this}
     *
     * <p>Needed only for a measure of your own: those of core that rise with confidence are found by their names. What it
     * measures must bear the name that the certificate has, or the answer is deferred.
     */
    public Certificate measuredBy(ConfidenceMeasure own) {
        return new Certificate(terms(), Objects.requireNonNull(own, "measure"));
    }

    /** {@return a guarantee that defers everything once the monitor has raised its alarm, until that is reset} */
    public WatchedCertificate watchedBy(PromiseMonitor monitor) {
        return new WatchedCertificate(this, monitor, null);
    }

    @Override
    public ReadingWishes wishes() {
        return measure == null ? ReadingWishes.NONE : measure.wishes();
    }

    @Override
    public void requireStage(String cascade, ModelEndpoint stage) {
        String found = profileOf(stage);
        if (!stage.id().equals(model) || (profile != null && !profile.equals(found))) {
            throw new IllegalArgumentException("cascade " + cascade + " accepts answers of " + stage.id() + " (" + found
                    + ") under a certificate for " + model + (profile == null ? "" : " (" + profile + ")")
                    + "; it is void for another model. Certify this one on its own answers");
        }
        if (measure == null) {
            throw new IllegalArgumentException("the certificate for " + model + " is about the measure " + measureName
                    + ", which is none of core's; valid is certificate.measuredBy(that measure)");
        }
        measure.requireStage(cascade, stage);
    }

    @Override
    public Verdict judge(Request request, Reply reply) {
        Verdict otherPrompt = otherPrompt(request);
        if (otherPrompt != null) {
            return otherPrompt;
        }
        for (TextSignal signal : MALFORMED) {
            if (signal.isIn(request, reply)) {
                return Verdict.defer("answer is " + signal.description());
            }
        }
        Confidence confidence = required().measure(request, reply);
        if (!confidence.isKnown()) {
            return new Verdict(false, "confidence is " + confidence, confidence);
        }
        if (!measureName.equals(Measures.REPORTED) && !measureName.equals(confidence.measure())) {
            return new Verdict(
                    false,
                    "certificate is void: it is about " + measureName + ", and this is " + confidence,
                    confidence);
        }
        boolean keeps = confidence.isAtLeast(threshold);
        return new Verdict(
                keeps,
                String.format(
                        Locale.ROOT,
                        "%s %s %.4g, certified: at most %.4g wrong",
                        confidence,
                        keeps ? ">=" : "<",
                        threshold,
                        alpha),
                confidence);
    }

    private @Nullable Verdict otherPrompt(Request request) {
        if (systemPrompt.equals(SystemPrompts.ANY)) {
            return null;
        }
        String found = SystemPrompts.fingerprint(request);
        return found.equals(systemPrompt)
                ? null
                : Verdict.defer("certificate is void: it was made " + promptInWords(systemPrompt)
                        + ", and this request came " + promptInWords(found));
    }

    private static String promptInWords(String fingerprint) {
        return fingerprint.equals(SystemPrompts.fingerprint(List.of()))
                ? "without a system prompt"
                : fingerprint.equals(SystemPrompts.ANY)
                        ? "with any system prompt"
                        : "with system prompt " + fingerprint.substring(0, 12);
    }

    /** A threshold without boundaries defers early only where that is the verdict on the whole answer too. */
    @Override
    public RunningJudge whileAnswering(Request request) {
        return otherPrompt(request) != null
                ? RunningJudge.PATIENT
                : required().atLeast(threshold).whileAnswering(request);
    }

    private ConfidenceMeasure required() {
        if (measure == null) {
            throw new ConfigurationException("the measure " + measureName + " of the certificate for " + model
                    + " is none of core's; valid is certificate.measuredBy(that measure)");
        }
        return measure;
    }

    static String profileOf(ModelEndpoint endpoint) {
        return endpoint.profile().provider() + ", "
                + endpoint.profile().location().name().toLowerCase(Locale.ROOT);
    }

    static String libraryVersion() {
        return Objects.requireNonNullElse(Certificate.class.getPackage().getImplementationVersion(), "not packaged");
    }

    Terms terms() {
        Terms terms = new Terms();
        terms.alpha = alpha;
        terms.delta = delta;
        terms.rows = rows;
        terms.kept = kept;
        terms.loss = loss;
        terms.bound = bound;
        terms.graded = graded;
        terms.threshold = threshold;
        terms.measure = measureName;
        terms.model = model;
        terms.profile = profile;
        terms.systemPrompt = systemPrompt;
        terms.data = data;
        terms.date = date;
        terms.library = library;
        return terms;
    }

    /** {@return the share of kept answers that is wrong at most, between 0 and 1} */
    public double alpha() {
        return alpha;
    }

    /** {@return the chance that the promise is broken at most, between 0 and 1} */
    public double delta() {
        return delta;
    }

    /** {@return how many calibration rows it was made from} */
    public int rows() {
        return rows;
    }

    /** {@return how many of them the threshold keeps} */
    public int kept() {
        return kept;
    }

    /** {@return how many of the kept ones are wrong; of graded answers the sum of what they lack} */
    public double wrong() {
        return loss;
    }

    /** {@return the upper bound on the share of kept answers that is wrong, with confidence 1 - δ; at most α} */
    public double bound() {
        return bound;
    }

    /** {@return whether answers are graded, and not right or wrong} */
    public boolean isGraded() {
        return graded;
    }

    /** {@return the least confidence that is kept} */
    public double threshold() {
        return threshold;
    }

    /** {@return the name of the measure of confidence} */
    public String measure() {
        return measureName;
    }

    /** {@return the id of the model whose answers it is about} */
    public String model() {
        return model;
    }

    /** {@return the model's provider and location, if it was certified from the endpoint itself} */
    public Optional<String> profile() {
        return Optional.ofNullable(profile);
    }

    /** {@return SHA-256, in hex, of the system prompts; {@code any} if it is for all of them} */
    public String systemPromptFingerprint() {
        return systemPrompt;
    }

    /** {@return SHA-256, in hex, of the calibration data} */
    public String dataFingerprint() {
        return data;
    }

    /** {@return when it was made} */
    public Instant date() {
        return date;
    }

    /** {@return the version of the library that made it} */
    public String libraryVersionUsed() {
        return library;
    }

    @Override
    public String promise() {
        return String.format(
                Locale.ROOT,
                "at most %.4g %% of the kept answers of %s are wrong, with confidence %.4g %%",
                100 * alpha,
                model,
                100 * (1 - delta));
    }

    @Override
    public Certificate orElseThrow() {
        return this;
    }

    /** {@return the promise, and what it rests on, in words} */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "Certified %s for %s: %s. It keeps what has %s of at least %.6g; of %d calibration rows these were %d (%.3g"
                        + " %%), of which %.4g wrong, so that the bound is %.4g. Made %s. Void for another model or system"
                        + " prompt.",
                date.atZone(ZoneOffset.UTC).toLocalDate(),
                model,
                promise(),
                measureName,
                threshold,
                rows,
                kept,
                100.0 * kept / rows,
                loss,
                bound,
                promptInWords(systemPrompt));
    }
}
