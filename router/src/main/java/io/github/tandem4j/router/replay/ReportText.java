package io.github.tandem4j.router.replay;

import java.util.Locale;

/** A report as plain text. */
final class ReportText {

    private ReportText() {}

    static String of(Report report) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%s, %,d queries (left out: %,d contaminated, %,d with a gap)%n%n",
                report.name(),
                report.provenance().queries(),
                report.provenance().contaminated(),
                report.provenance().gaps()));
        text.append(String.format(
                Locale.ROOT,
                "%-34s %-22s %8s %12s %9s %9s%n",
                "",
                "score [95 %]",
                "strong",
                "USD/query",
                "p50 ms",
                "p95 ms"));
        for (Figures figures : report.figures()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-34s %-22s %8s %12s %9s %9s%n",
                    cut(figures.name()),
                    figures.score(),
                    number("%.1f %%", 100 * figures.strongShare().value()),
                    number("%.6f", figures.costUsd().value()),
                    number("%.0f", figures.latencyP50Ms()),
                    number("%.0f", figures.latencyP95Ms())));
        }
        report.router()
                .ifPresent(router -> text.append(String.format(
                        Locale.ROOT,
                        "%nAPGR %s (chance .500, oracle %s)   CPT20 %s   CPT50 %s   CPT80 %s   AIQ %s   PGR at half %s%n",
                        router.apgr(),
                        number("%.3f", router.oracleApgr()),
                        number("%.1f %%", 100 * router.cpt20().value()),
                        number("%.1f %%", 100 * router.cpt50().value()),
                        number("%.1f %%", 100 * router.cpt80().value()),
                        number("%.3f", router.aiq()),
                        number("%.3f", report.pgr().value()))));
        report.routability()
                .ifPresent(verdict -> text.append(String.format(
                        "%nRoutable: %s. %s %s%n",
                        verdict.answer().name().replace('_', ' ').toLowerCase(Locale.ROOT),
                        verdict.why(),
                        verdict.ground())));
        report.comparison().ifPresent(comparison -> text.append(String.format("%n%s%n", comparison.inWords())));
        report.confidence()
                .flatMap(ConfidenceRisk::certified)
                .ifPresent(certified -> text.append(String.format("%n%s%n", inWords(certified))));
        return text.toString();
    }

    static String inWords(ConfidenceRisk.Certified certified) {
        return String.format(
                Locale.ROOT,
                "The certified threshold %.4g keeps %.1f %% of the weak model's answers here; %s of these are wrong, and at"
                        + " most %.1f %% was promised, but for a chance of %.1f %%.",
                certified.threshold(),
                100 * certified.coverage(),
                number("%.1f %%", 100 * certified.risk()),
                100 * certified.promised(),
                100 * certified.delta());
    }

    private static String cut(String name) {
        return name.length() <= 34 ? name : name.substring(0, 33) + "…";
    }

    static String number(String format, double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }

    static String of(ModelsReport report) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s among %d models at lambda %s, %,d queries (left out: %,d contaminated, %,d with a gap)%n%n",
                report.name(),
                report.models().size(),
                report.lambda(),
                report.provenance().queries(),
                report.provenance().contaminated(),
                report.provenance().gaps()));
        if (!report.isCostKnown() && report.lambda() != 0) {
            text.append("The cost of a model is not known, so lambda had no effect: give prices.\n\n");
        }
        text.append(String.format(Locale.ROOT, "%-34s %-22s %12s %9s%n", "", "score [95 %]", "USD/query", "answers"));
        line(text, report.measured(), "");
        for (int m = 0; m < report.models().size(); m++) {
            line(
                    text,
                    report.alone().get(m),
                    number("%.1f %%", 100 * report.shares().get(m)));
        }
        line(text, report.random(), "");
        report.mixture().ifPresent(mixture -> line(text, mixture, ""));
        line(text, report.oracle(), "");
        text.append(String.format(
                Locale.ROOT,
                "%nOver the best single model, %s: %s (p %.3f)   AIQ %s%n",
                report.bestSingle().name(),
                report.overBestSingle().score(),
                report.overBestSingle().p(),
                number("%.3f", report.aiq())));
        report.overMixture()
                .ifPresent(comparison -> text.append(String.format(
                        Locale.ROOT,
                        "Over a random mixture at the same cost: %s (p %.3f)%n",
                        comparison.score(),
                        comparison.p())));
        return text.toString();
    }

    private static void line(StringBuilder text, Figures figures, String share) {
        text.append(String.format(
                Locale.ROOT,
                "%-34s %-22s %12s %9s%n",
                cut(figures.name()),
                figures.score(),
                number("%.6f", figures.costUsd().value()),
                share));
    }
}
