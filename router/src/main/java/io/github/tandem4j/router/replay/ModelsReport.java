package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.Hull;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a choice among several models was worth: of each query the model of the highest {@code quality − λ·cost}, both
 * estimated before the answer. Immutable; {@link #toString} is a summary for a terminal.
 */
public final class ModelsReport {

    private final String name;
    private final List<String> models;
    private final ReportProvenance provenance;
    private final double lambda;
    private final boolean isCostKnown;
    private final Figures measured;
    private final List<Figures> alone;
    private final int best;
    private final Figures random;
    private final @Nullable Figures mixture;
    private final Figures oracle;
    private final Comparison overBestSingle;
    private final @Nullable Comparison overMixture;
    private final double aiq;
    private final List<Double> shares;
    private final List<At> curve;
    private final List<At> hull;
    private final List<RouterFigures.Bin> reliability;
    private final Map<String, String> remarks;

    /**
     * What a choice at this λ is worth.
     *
     * @param lambda what a dollar is worth in quality, 1/USD
     * @param score the mean quality, 0..1
     * @param costUsd the mean cost of a query in US dollars, NaN if not known
     * @param shares the share of queries that each model answers, in their order, 0..1
     */
    public record At(double lambda, double score, double costUsd, List<Double> shares) {

        /** Copies the shares. */
        public At {
            shares = List.copyOf(shares);
        }
    }

    private ModelsReport(String name, ReportProvenance provenance, Among among, double lambda, Bootstrap bootstrap) {
        this.name = name;
        this.provenance = provenance;
        this.lambda = lambda;
        models = List.copyOf(among.models());
        isCostKnown = among.isCostKnown();
        int[] choice = among.choice(lambda);
        Course course = among.course(name, choice);
        Course knowing = among.oracle();
        List<Course> singles = among.singles();
        best = among.bestSingle();
        Course mixed =
                isCostKnown ? among.mixture(Bootstrap.mean(course.cost, Bootstrap.once(course.cost.length))) : null;
        measured = course.figures(knowing, bootstrap);
        alone = singles.stream()
                .map(single -> single.figures(knowing, bootstrap))
                .toList();
        random = among.random().figures(knowing, bootstrap);
        mixture = mixed == null ? null : mixed.figures(knowing, bootstrap);
        oracle = knowing.figures(knowing, bootstrap);
        overBestSingle = Comparison.of(course, singles.get(best), bootstrap);
        overMixture = mixed == null ? null : Comparison.of(course, mixed, bootstrap);
        shares = among.shares(choice);
        reliability = among.reliability(choice);
        curve = among.curve();
        List<Hull.Point> points = curve.stream()
                .filter(at -> Double.isFinite(at.costUsd()))
                .map(at -> new Hull.Point(at.costUsd(), at.score()))
                .toList();
        aiq = Hull.aiq(points);
        List<At> corners = new ArrayList<>();
        for (Hull.Point corner : Hull.of(points)) {
            curve.stream()
                    .filter(at -> at.costUsd() == corner.cost() && at.score() == corner.quality())
                    .findFirst()
                    .ifPresent(corners::add);
        }
        hull = List.copyOf(corners);
        remarks = Map.of();
    }

    private ModelsReport(ModelsReport from, Map<String, String> remarks) {
        name = from.name;
        provenance = from.provenance;
        lambda = from.lambda;
        models = from.models;
        isCostKnown = from.isCostKnown;
        measured = from.measured;
        alone = from.alone;
        best = from.best;
        random = from.random;
        mixture = from.mixture;
        oracle = from.oracle;
        overBestSingle = from.overBestSingle;
        overMixture = from.overMixture;
        aiq = from.aiq;
        shares = from.shares;
        curve = from.curve;
        hull = from.hull;
        reliability = from.reliability;
        this.remarks = remarks;
    }

    static ModelsReport of(String name, ReportProvenance provenance, Among among, double lambda, Bootstrap bootstrap) {
        return new ModelsReport(name, provenance, among, lambda, bootstrap);
    }

    /** This report with one more line of provenance, such as the command that made it. */
    public ModelsReport remark(String what, String value) {
        Map<String, String> more = new LinkedHashMap<>(remarks);
        more.put(what, value);
        return new ModelsReport(this, Collections.unmodifiableMap(more));
    }

    Map<String, String> inWords() {
        Map<String, String> words = new LinkedHashMap<>(provenance.inWords());
        words.putAll(remarks);
        return words;
    }

    /** {@return whose estimates} */
    public String name() {
        return name;
    }

    /** {@return among whom} */
    public List<String> models() {
        return models;
    }

    /** {@return on what} */
    public ReportProvenance provenance() {
        return provenance;
    }

    /** {@return what a dollar is worth in quality, 1/USD} */
    public double lambda() {
        return lambda;
    }

    /** {@return whether the cost of every model could be expected; if not, the estimated quality alone has chosen} */
    public boolean isCostKnown() {
        return isCostKnown;
    }

    /** {@return what the choice was worth} */
    public Figures measured() {
        return measured;
    }

    /** {@return what each model is worth alone, in their order} */
    public List<Figures> alone() {
        return alone;
    }

    /** {@return the one model that was best on these very queries, alone} */
    public Figures bestSingle() {
        return alone.get(best);
    }

    /** {@return each model with the same chance} */
    public Figures random() {
        return random;
    }

    /**
     * {@return the best that a random mixture of single models reaches at the mean cost of the choice, as far as that lies
     * between theirs; empty without costs}
     */
    public Optional<Figures> mixture() {
        return Optional.ofNullable(mixture);
    }

    /** {@return the best model of each query} */
    public Figures oracle() {
        return oracle;
    }

    /** {@return how much better than the best single model, query by query} */
    public Comparison overBestSingle() {
        return overBestSingle;
    }

    /** {@return how much better than the random mixture at the same cost, query by query; empty without costs} */
    public Optional<Comparison> overMixture() {
        return Optional.ofNullable(overMixture);
    }

    /** {@return the mean quality along the convex hull of the curve; NaN without costs} */
    public double aiq() {
        return aiq;
    }

    /** {@return the share of queries that each model answers, in their order, 0..1} */
    public List<Double> shares() {
        return shares;
    }

    /** {@return cost and quality at other λ, from the best quality to the least cost} */
    public List<At> curve() {
        return curve;
    }

    /** {@return the corners of the curve's convex hull, cheapest first: no other λ, and no mixture of them, does better} */
    public List<At> hull() {
        return hull;
    }

    /** {@return the estimated quality of the chosen model against the real one, in ten parts of like size} */
    public List<RouterFigures.Bin> reliability() {
        return reliability;
    }

    /** {@return all figures: what was measured, the models alone, chance, the mixture if there is one, and the oracle} */
    public List<Figures> figures() {
        List<Figures> all = new ArrayList<>();
        all.add(measured);
        all.addAll(alone);
        all.add(random);
        mixture().ifPresent(all::add);
        all.add(oracle);
        return List.copyOf(all);
    }

    /** {@return all figures as one JSON object; what is not known is null} */
    public String toJson() {
        return ModelsReportJson.of(this).toPrettyString();
    }

    /** {@return the figures as CSV, and below them the curve; what is not known is empty} */
    public String toCsv() {
        return ReportCsv.of(this);
    }

    /**
     * Writes one self-contained HTML page, whole or not at all.
     *
     * @throws io.github.tandem4j.ConfigurationException if it cannot be written
     */
    public void writeHtml(Path file) {
        HtmlPage.write(file, () -> ModelsReportHtml.of(this));
    }

    /** {@return the figures for a terminal} */
    @Override
    public String toString() {
        return ReportText.of(this);
    }
}
