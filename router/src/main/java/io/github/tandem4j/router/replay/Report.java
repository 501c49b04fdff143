package io.github.tandem4j.router.replay;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.CostQualityCurve;
import io.github.tandem4j.router.calibration.Interval;
import io.github.tandem4j.router.calibration.RiskCoverage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a replay found out, with baselines and intervals. Immutable; {@link #toString} is a summary for a terminal. */
public final class Report {

    private final String name;
    private final ReportProvenance provenance;
    private final List<Figures> figures;
    private final Interval pgr;
    private final @Nullable RouterFigures router;
    private final @Nullable Routability routability;
    private final @Nullable Followed followed;
    private final Beside beside;

    /** What was said beside what was measured. */
    private record Beside(
            @Nullable ConfidenceRisk confidence, @Nullable RouterComparison comparison, Map<String, String> remarks) {}

    private Report(
            String name,
            ReportProvenance provenance,
            Pair pair,
            Course course,
            Bootstrap bootstrap,
            @Nullable RouterFigures router,
            @Nullable Followed followed) {
        this.name = name;
        this.provenance = provenance;
        this.router = router;
        this.followed = followed;
        figures = List.copyOf(pair.baselines(course, bootstrap));
        pgr = bootstrap.interval(times -> {
            double weak = Bootstrap.mean(pair.weak.score, times);
            double gap = Bootstrap.mean(pair.strong.score, times) - weak;
            return gap > 0 ? (Bootstrap.mean(course.score, times) - weak) / gap : Double.NaN;
        });
        routability = router == null ? null : Routability.of(router, pair.weak.score, pair.strong.score, bootstrap);
        beside = new Beside(confidence(pair), null, Map.of());
    }

    private Report(Report from, Beside beside) {
        name = from.name;
        provenance = from.provenance;
        figures = from.figures;
        pgr = from.pgr;
        router = from.router;
        routability = from.routability;
        followed = from.followed;
        this.beside = beside;
    }

    static Report of(String name, ReportProvenance provenance, Pair pair, Course course, Bootstrap bootstrap) {
        return new Report(name, provenance, pair, course, bootstrap, null, null);
    }

    static Report of(String name, ReportProvenance provenance, Pair pair, double[] scores, Bootstrap bootstrap) {
        Course atHalf = pair.atHalf(name + " at half of the calls", scores);
        RouterFigures figures = RouterFigures.of(scores, pair.weak, pair.strong, bootstrap);
        Followed followed =
                new Followed(name, CostQualityCurve.of(scores, pair.weak.score, pair.strong.score), atHalf, bootstrap);
        return new Report(name, provenance, pair, atHalf, bootstrap, figures, followed);
    }

    private static @Nullable ConfidenceRisk confidence(Pair pair) {
        double[] known = Arrays.stream(pair.weakConfidence)
                .filter(value -> !Double.isNaN(value))
                .distinct()
                .limit(2)
                .toArray();
        if (known.length < 2) {
            return null; // nothing to order by
        }
        double[] loss = Arrays.stream(pair.weak.score).map(score -> 1 - score).toArray();
        return ConfidenceRisk.of(RiskCoverage.of(pair.weakConfidence, loss));
    }

    /** This report with one more line of provenance, such as the command that made it. */
    public Report remark(String what, String value) {
        Map<String, String> more = new LinkedHashMap<>(beside.remarks);
        more.put(what, value);
        return new Report(this, new Beside(beside.confidence, beside.comparison, Collections.unmodifiableMap(more)));
    }

    /**
     * Compares the scores of two reports query by query.
     *
     * @return how much better this one is than the other
     * @throws IllegalArgumentException if either measured a strategy, or they are of different queries, models or seeds
     */
    public RouterComparison against(Report other) {
        if (followed == null || other.followed == null) {
            throw new IllegalArgumentException((followed == null ? name : other.name)
                    + " is a strategy and no score; valid are two scores, or two strategies by Replay.paired");
        }
        if (!provenance.equals(other.provenance)
                || !weak().name().equals(other.weak().name())
                || !strong().name().equals(other.strong().name())) {
            throw new IllegalArgumentException("reports of " + name + " and " + other.name
                    + " differ in queries, models or resamples; valid are two of the same");
        }
        return RouterComparison.of(followed, other.followed);
    }

    /** This report with a comparison that it also shows. */
    public Report comparing(RouterComparison comparison) {
        return new Report(this, new Beside(beside.confidence, comparison, beside.remarks));
    }

    /**
     * This report with a certificate's threshold of the weak model's confidence, which it shows on the risk-coverage curve
     * beside what was promised.
     *
     * @param threshold answers of this confidence and above are kept
     * @param alpha the share of them that may be wrong, between 0 and 1
     * @param delta the chance that the promise may be broken, between 0 and 1
     * @throws ConfigurationException if the weak model's outcomes have no confidences
     */
    public Report certified(double threshold, double alpha, double delta) {
        if (!Double.isFinite(threshold) || !(alpha > 0 && alpha < 1) || !(delta > 0 && delta < 1)) {
            throw new IllegalArgumentException("threshold, alpha and delta are " + threshold + ", " + alpha + " and "
                    + delta + "; valid are a finite number, and two between 0 and 1");
        }
        if (beside.confidence == null) {
            throw new ConfigurationException("a certificate keeps answers by their confidence, and those of "
                    + weak().name() + " have none here; valid are outcomes with confidences that differ");
        }
        return new Report(
                this,
                new Beside(beside.confidence.certified(threshold, alpha, delta), beside.comparison, beside.remarks));
    }

    Map<String, String> inWords() {
        Map<String, String> words = new LinkedHashMap<>(provenance.inWords());
        words.putAll(beside.remarks);
        return words;
    }

    /** {@return what was measured} */
    public String name() {
        return name;
    }

    /** {@return what it was measured on} */
    public ReportProvenance provenance() {
        return provenance;
    }

    /** {@return what was measured, always the weak model, always the strong one, chance at the same rate, and an oracle} */
    public List<Figures> figures() {
        return figures;
    }

    /** {@return the figures of what was measured} */
    public Figures measured() {
        return figures.get(0);
    }

    /** {@return the figures of the weak model alone} */
    public Figures weak() {
        return figures.get(1);
    }

    /** {@return the figures of the strong model alone} */
    public Figures strong() {
        return figures.get(2);
    }

    /** {@return the figures of chance at the same share of strong calls} */
    public Figures random() {
        return figures.get(3);
    }

    /** {@return the figures of one who knows the outcomes} */
    public Figures oracle() {
        return figures.get(4);
    }

    /**
     * {@return the share of the gap between the two models that what was measured recovers; above 1 if it is better than
     * the strong model; NaN if that is not the better one}
     */
    public Interval pgr() {
        return pgr;
    }

    /** {@return the whole curve of a score; empty if a strategy was measured, which has one place on it} */
    public Optional<RouterFigures> router() {
        return Optional.ofNullable(router);
    }

    /** {@return whether routing pays here; empty if a strategy was measured} */
    public Optional<Routability> routability() {
        return Optional.ofNullable(routability);
    }

    /** {@return risk against coverage by the weak model's own confidence; empty if none was recorded} */
    public Optional<ConfidenceRisk> confidence() {
        return Optional.ofNullable(beside.confidence);
    }

    /** {@return the comparison with another score; empty if there is none} */
    public Optional<RouterComparison> comparison() {
        return Optional.ofNullable(beside.comparison);
    }

    /** {@return all figures as one JSON object; what is not known is null} */
    public String toJson() {
        return ReportJson.of(this).toPrettyString();
    }

    /** {@return the table of figures as CSV, and below it the curve if there is one; what is not known is empty} */
    public String toCsv() {
        return ReportCsv.of(this);
    }

    /** {@return the table of figures, the metrics and the verdict, for a terminal of 100 columns} */
    @Override
    public String toString() {
        return ReportText.of(this);
    }

    /**
     * Writes one self-contained HTML page, whole or not at all.
     *
     * @throws ConfigurationException if it cannot be written
     */
    public void writeHtml(Path file) {
        HtmlPage.write(file, () -> ReportHtml.of(this));
    }
}
