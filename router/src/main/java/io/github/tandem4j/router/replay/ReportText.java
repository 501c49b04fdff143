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
                        "%nAPGR %s (chance .500, oracle %s)   CPT20 %s   CPT50 %s   CPT80 %s   AIQ %s%n",
                        router.apgr(),
                        number("%.3f", router.oracleApgr()),
                        number("%.1f %%", 100 * router.cpt20().value()),
                        number("%.1f %%", 100 * router.cpt50().value()),
                        number("%.1f %%", 100 * router.cpt80().value()),
                        number("%.3f", router.aiq()))));
        report.routability()
                .ifPresent(verdict -> text.append(String.format(
                        "%nRoutable: %s. %s%n",
                        verdict.answer().name().replace('_', ' ').toLowerCase(Locale.ROOT), verdict.why())));
        return text.toString();
    }

    private static String cut(String name) {
        return name.length() <= 34 ? name : name.substring(0, 33) + "…";
    }

    static String number(String format, double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }

    static String csv(Report report) {
        StringBuilder csv = new StringBuilder("name,score,score_low,score_high,strong_share,cost_usd,unpriced,"
                + "latency_p50_ms,latency_p95_ms,regret\n");
        for (Figures figures : report.figures()) {
            csv.append(quoted(figures.name())).append(',');
            csv.append(join(
                    figures.score().value(),
                    figures.score().low(),
                    figures.score().high(),
                    figures.strongShare().value(),
                    figures.costUsd().value(),
                    figures.unpriced(),
                    figures.latencyP50Ms(),
                    figures.latencyP95Ms(),
                    figures.regret().value()));
        }
        report.router().ifPresent(router -> {
            csv.append("\nstrong_share,quality,quality_low,quality_high\n");
            router.bands()
                    .forEach(band -> csv.append(join(
                            band.strongShare(),
                            band.quality().value(),
                            band.quality().low(),
                            band.quality().high())));
        });
        return csv.toString();
    }

    private static String join(double... values) {
        StringBuilder line = new StringBuilder();
        for (double value : values) {
            line.append(line.isEmpty() ? "" : ",").append(Double.isNaN(value) ? "" : Double.toString(value));
        }
        return line.append('\n').toString();
    }

    /** A field that a spreadsheet would take for a formula is marked as text. */
    private static String quoted(String field) {
        String safe = !field.isEmpty() && "=+-@\t\r".indexOf(field.charAt(0)) >= 0 ? "'" + field : field;
        return '"' + safe.replace("\"", "\"\"") + '"';
    }
}
