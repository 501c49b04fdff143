package io.github.tandem4j.router.replay;

import java.util.Arrays;
import java.util.List;

/** Reports as CSV: tables one below the other, a blank line between. What is not known is empty. */
final class ReportCsv {

    private static final String FIGURES = "name,score,score_low,score_high,strong_share,cost_usd,unpriced,"
            + "latency_p50_ms,latency_p95_ms,regret\n";

    private ReportCsv() {}

    static String of(Report report) {
        StringBuilder csv = new StringBuilder(FIGURES);
        report.figures().forEach(figures -> line(csv, figures));
        report.router().ifPresent(router -> {
            csv.append("\nstrong_share,quality,quality_low,quality_high\n");
            router.bands()
                    .forEach(band -> csv.append(join(
                            band.strongShare(),
                            band.quality().value(),
                            band.quality().low(),
                            band.quality().high())));
            csv.append("\nestimated_gain,real_gain,queries\n");
            router.reliability().forEach(bin -> csv.append(join(bin.estimated(), bin.real(), bin.queries())));
            csv.append("\nweak_share,error\n");
            router.risk().forEach(risk -> csv.append(join(risk.weakShare(), risk.error())));
        });
        report.confidence().ifPresent(confidence -> {
            csv.append("\ncoverage_by_confidence,risk\n");
            confidence.points().forEach(point -> csv.append(join(point.coverage(), point.risk())));
        });
        return csv.toString();
    }

    static String of(ModelsReport report) {
        StringBuilder csv = new StringBuilder(FIGURES);
        report.figures().forEach(figures -> line(csv, figures));
        csv.append("\nlambda,score,cost_usd,on_hull");
        report.models().forEach(model -> csv.append(',').append(quoted("share of " + model)));
        csv.append('\n');
        for (ModelsReport.At at : report.curve()) {
            csv.append(at.lambda())
                    .append(',')
                    .append(field(at.score()))
                    .append(',')
                    .append(field(at.costUsd()));
            csv.append(',').append(report.hull().contains(at));
            at.shares().forEach(share -> csv.append(',').append(share));
            csv.append('\n');
        }
        csv.append("\nestimated_quality,real_quality,queries\n");
        report.reliability().forEach(bin -> csv.append(join(bin.estimated(), bin.real(), bin.queries())));
        return csv.toString();
    }

    private static void line(StringBuilder csv, Figures figures) {
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

    private static String join(double... values) {
        List<String> fields = Arrays.stream(values).mapToObj(ReportCsv::field).toList();
        return String.join(",", fields) + "\n";
    }

    private static String field(double value) {
        return Double.isNaN(value) ? "" : Double.toString(value);
    }

    /** A field that a spreadsheet would take for a formula is marked as text. */
    private static String quoted(String field) {
        String safe = !field.isEmpty() && "=+-@\t\r".indexOf(field.charAt(0)) >= 0 ? "'" + field : field;
        return '"' + safe.replace("\"", "\"\"") + '"';
    }
}
