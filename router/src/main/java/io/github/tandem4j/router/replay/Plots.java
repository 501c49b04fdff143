package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.RiskCoverage;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The plots of a report. */
final class Plots {

    private static final double[] ENDS = {0, 1};

    private Plots() {}

    static String curve(Report report, RouterFigures router) {
        double weak = report.weak().score().value();
        double strong = report.strong().score().value();
        double[] shares = of(router.bands(), RouterFigures.Band::strongShare);
        double[] low = of(router.bands(), band -> band.quality().low());
        double[] high = of(router.bands(), band -> band.quality().high());
        double[] best = of(router.oracle(), point -> point.quality());
        return new Diagram(900, 430, "Queries that the strong model answers", Diagram.Scale.SHARE, "Mean score")
                .heights(min(low), max(high), min(best), max(best))
                .band("95 % interval", shares, low, high, "router")
                .line(
                        "this router",
                        shares,
                        of(router.bands(), band -> band.quality().value()),
                        "router",
                        2.8f)
                .line("oracle, which knows the outcomes", shares, best, "oracle", 1.6f)
                .dashed("chance", ENDS, new double[] {weak, strong}, "chance")
                .dashed(report.strong().name(), ENDS, new double[] {strong, strong}, "strong")
                .dashed(report.weak().name(), ENDS, new double[] {weak, weak}, "weak")
                .html("Mean score against the share of strong calls, with baselines");
    }

    /** @param what such as gain or quality */
    static String reliability(List<RouterFigures.Bin> bins, String what) {
        if (bins.size() < 2) {
            return "<p>All estimates are equal here, so there is nothing to compare.</p>\n";
        }
        double[] estimated = of(bins, RouterFigures.Bin::estimated);
        double[] real = of(bins, RouterFigures.Bin::real);
        double least = Math.min(min(estimated), min(real));
        double most = Math.max(max(estimated), max(real));
        Diagram diagram =
                new Diagram(520, 380, "Estimated " + what, Diagram.Scale.NUMBER, "Real " + what).heights(least, most);
        if (max(estimated) <= 1 && min(estimated) >= -1 && most > least) { // else an order, and no estimate of it
            double[] ends = {least, most};
            diagram.dashed("where estimates come true", ends, ends, "chance");
        }
        return diagram.line("ten parts of the queries, by their estimate", estimated, real, "router", 2.2f)
                .dots(estimated, real, "router")
                .html("Real " + what + " against estimated " + what);
    }

    static String risk(Report report, RouterFigures router) {
        double[] error = of(router.risk(), RouterFigures.Risk::error);
        double all = error[error.length - 1];
        Diagram diagram =
                new Diagram(520, 380, "Queries that stay with the weak model", Diagram.Scale.SHARE, "Wrong among them");
        double[] heights = Arrays.copyOf(error, error.length + 2);
        heights[error.length] = 0;
        report.confidence().ifPresent(confidence -> {
            double[] coverage = of(confidence.points(), RiskCoverage.Point::coverage);
            double[] risk = of(confidence.points(), RiskCoverage.Point::risk);
            diagram.line("its own confidence, after its answer", coverage, risk, "weak", 2.2f);
            heights[heights.length - 1] = max(risk);
            confidence.certified().ifPresent(certified -> {
                double promised = certified.promised();
                diagram.dashed("promised at most", ENDS, new double[] {promised, promised}, "strong")
                        .point("certified threshold", certified.coverage(), certified.risk(), "strong");
            });
        });
        return diagram.heights(heights)
                .line(
                        "this router, before any answer",
                        of(router.risk(), RouterFigures.Risk::weakShare),
                        error,
                        "router",
                        2.4f)
                .dashed("chance", ENDS, new double[] {all, all}, "chance")
                .html("Error of the weak model's answers against the share of queries that stay with it");
    }

    /** Where a strategy stands among its baselines. */
    static String figures(List<Figures> figures) {
        boolean priced =
                figures.stream().allMatch(each -> Double.isFinite(each.costUsd().value()));
        String[] inks = {"router", "weak", "strong", "chance", "oracle"};
        Diagram diagram = priced
                ? new Diagram(900, 400, "USD per 1,000 queries", Diagram.Scale.NUMBER, "Mean score")
                : new Diagram(900, 400, "Queries that the strong model answers", Diagram.Scale.SHARE, "Mean score");
        diagram.heights(of(figures, each -> each.score().value()));
        for (int i = 0; i < figures.size(); i++) {
            Figures each = figures.get(i);
            double x =
                    priced ? 1000 * each.costUsd().value() : each.strongShare().value();
            diagram.point(each.name(), x, each.score().value(), inks[i]);
        }
        return diagram.html("Mean score of the strategy and of its baselines");
    }

    static String models(ModelsReport report) {
        List<ModelsReport.At> curve = report.curve();
        List<ModelsReport.At> hull = report.hull();
        double[] scores = of(report.figures(), each -> each.score().value());
        Diagram diagram = new Diagram(900, 460, "USD per 1,000 queries", Diagram.Scale.NUMBER, "Mean score")
                .heights(min(scores), max(scores), min(of(curve, ModelsReport.At::score)));
        if (hull.size() > 1) {
            diagram.line(
                            "this router at every λ, the best of them and their mixtures",
                            of(hull, at -> 1000 * at.costUsd()),
                            of(hull, ModelsReport.At::score),
                            "router",
                            2.6f)
                    .dots(of(curve, at -> 1000 * at.costUsd()), of(curve, ModelsReport.At::score), "chance");
        }
        for (int m = 0; m < report.alone().size(); m++) {
            Figures each = report.alone().get(m);
            diagram.point(each.name(), cost(each), score(each), Diagram.ofModel(m));
        }
        report.mixture().ifPresent(each -> diagram.point(each.name(), cost(each), score(each), "chance"));
        diagram.point(report.name() + ", as measured here", cost(report.measured()), score(report.measured()), "ink");
        return diagram.point("oracle", cost(report.oracle()), score(report.oracle()), "oracle")
                .html("Mean score against cost: the choice at every lambda, each model alone, and the oracle");
    }

    private static double cost(Figures figures) {
        return 1000 * figures.costUsd().value();
    }

    private static double score(Figures figures) {
        return figures.score().value();
    }

    private static <T> double[] of(List<T> all, ToDoubleFunction<T> figure) {
        return all.stream().mapToDouble(figure).toArray();
    }

    private static double min(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).min().orElse(0);
    }

    private static double max(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).max().orElse(0);
    }
}
