package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Interval;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.WholeFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** A report as one HTML page that needs nothing but itself. Whatever comes from data is escaped. */
final class ReportHtml {

    private static final String STYLE = """
            :root{color-scheme:light dark;--page:#fbfaf8;--card:#fff;--ink:#22252b;--soft:#6a707c;--grid:#e4e3df;
            --router:#2563eb;--oracle:#0f9d76;--chance:#9aa1ad;--weak:#d97706;--strong:#b4235a;--yes:#0f9d76;--no:#b4235a}
            @media (prefers-color-scheme:dark){:root{--page:#14161a;--card:#1c1f25;--ink:#e8e9ec;--soft:#9aa1ad;
            --grid:#31353d;--router:#7aa5ff;--oracle:#4fd1a5;--chance:#7d8492;--weak:#f5b04d;--strong:#f27ba6;--yes:#4fd1a5;
            --no:#f27ba6}}
            *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);
            font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
            main{max-width:1040px;margin:0 auto;padding:2.5rem 1.25rem 4rem}h1{font-size:1.7rem;margin:0 0 .25rem}
            h2{font-size:1.1rem;margin:0 0 .75rem}p{margin:.25rem 0 1rem}.soft{color:var(--soft)}
            section{background:var(--card);border:1px solid var(--grid);border-radius:14px;padding:1.25rem 1.4rem;
            margin-top:1.25rem;overflow-x:auto}svg{display:block;width:100%;height:auto}
            table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
            th,td{padding:.45rem .6rem;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
            th{color:var(--soft);font-weight:500}th:first-child,td:first-child{text-align:left;white-space:normal}
            tbody tr:first-child{font-weight:600}small{color:var(--soft);font-weight:400}
            dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:0}dt{color:var(--soft)}
            dd{margin:0;overflow-wrap:anywhere}.cards{display:grid;gap:1rem;
            grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}.cards div b{display:block;font-size:1.5rem}
            .verdict{border-left:5px solid var(--soft)}.verdict.yes{border-left-color:var(--yes)}
            .verdict.no{border-left-color:var(--no)}
            """;

    private ReportHtml() {}

    static void write(Report report, Path file) {
        String page;
        try {
            page = of(report);
        } catch (NoClassDefFoundError e) {
            throw new ConfigurationException(
                    "HTML reports are drawn with XChart, which is not on the class path; add org.knowm.xchart:xchart",
                    e);
        }
        WholeFile.write(file, page);
    }

    static String of(Report report) {
        StringBuilder page =
                new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>Replay of ")
                .append(escaped(report.name()))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<main>\n<h1>Replay of ")
                .append(escaped(report.name()))
                .append("</h1>\n<p class=\"soft\">")
                .append(String.format(
                        Locale.ROOT,
                        "%,d recorded queries. Brackets hold 95 %% intervals.",
                        report.provenance().queries()))
                .append("</p>\n");
        report.routability()
                .ifPresent(verdict -> page.append("<section class=\"verdict ")
                        .append(verdict.answer().name().toLowerCase(Locale.ROOT))
                        .append("\"><h2>Can this traffic be routed? ")
                        .append(verdict.answer().name().replace('_', ' ').toLowerCase(Locale.ROOT))
                        .append("</h2><p>")
                        .append(escaped(verdict.why()))
                        .append("</p></section>\n"));
        report.router().ifPresent(router -> cards(page, router));
        section(
                page,
                "Quality against strong calls",
                report.router()
                        .map(router -> Plots.curve(report, router))
                        .orElseGet(() -> Plots.figures(report.figures())));
        page.append("<section><h2>Beside the baselines</h2>")
                .append(table(report))
                .append("</section>\n");
        report.router().ifPresent(router -> {
            section(page, "Reliability: is the estimated gain the real one?", Plots.reliability(router));
            section(page, "Risk and coverage: what goes wrong where the weak model answers?", Plots.risk(router));
        });
        page.append("<section><h2>ReportProvenance</h2><dl>\n");
        for (Map.Entry<String, String> entry : report.inWords().entrySet()) {
            page.append("<dt>")
                    .append(escaped(entry.getKey()))
                    .append("</dt><dd>")
                    .append(escaped(entry.getValue()))
                    .append("</dd>\n");
        }
        return page.append("</dl></section>\n</main>\n</body>\n</html>\n").toString();
    }

    private static void section(StringBuilder page, String title, String content) {
        page.append("<section><h2>")
                .append(title)
                .append("</h2>\n")
                .append(content)
                .append("</section>\n");
    }

    private static void cards(StringBuilder page, RouterFigures router) {
        page.append("<section class=\"cards\">");
        card(page, "APGR (chance .500)", "%.3f", router.apgr(), 1);
        card(page, "CPT 20 %", "%.1f %%", router.cpt20(), 100);
        card(page, "CPT 50 %", "%.1f %%", router.cpt50(), 100);
        card(page, "CPT 80 %", "%.1f %%", router.cpt80(), 100);
        card(page, "AIQ", "%.3f", Interval.of(router.aiq()), 1);
        page.append("</section>\n");
    }

    private static void card(StringBuilder page, String name, String format, Interval value, double times) {
        page.append("<div><span class=\"soft\">")
                .append(name)
                .append("</span><b>")
                .append(number(format, times * value.value()))
                .append("</b>");
        if (Double.isFinite(value.low())) {
            page.append("<small>[")
                    .append(number(format, times * value.low()))
                    .append(", ")
                    .append(number(format, times * value.high()))
                    .append("]</small>");
        }
        page.append("</div>");
    }

    private static String table(Report report) {
        StringBuilder table = new StringBuilder("<table><thead><tr><th></th><th>Score</th><th>Strong calls</th>"
                + "<th>USD a query</th><th>p50 ms</th><th>p95 ms</th><th>Regret</th></tr></thead><tbody>\n");
        for (Figures each : report.figures()) {
            table.append("<tr><td>").append(escaped(each.name())).append("</td><td>");
            table.append(number("%.3f", each.score().value()));
            if (Double.isFinite(each.score().low())) {
                table.append(String.format(
                        Locale.ROOT,
                        " <small>[%.3f, %.3f]</small>",
                        each.score().low(),
                        each.score().high()));
            }
            cell(table, "%.1f %%", 100 * each.strongShare().value());
            cell(table, "%.6f", each.costUsd().value());
            cell(table, "%.0f", each.latencyP50Ms());
            cell(table, "%.0f", each.latencyP95Ms());
            cell(table, "%.3f", each.regret().value());
            table.append("</td></tr>\n");
        }
        return table.append("</tbody></table>").toString();
    }

    private static void cell(StringBuilder table, String format, double value) {
        table.append("</td><td>").append(number(format, value));
    }

    private static String number(String format, double value) {
        return ReportText.number(format, value);
    }

    static String escaped(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '&' -> safe.append("&amp;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> {
                    if (c >= ' ' && c != 0x7f && !(c >= 0xd800 && c <= 0xdfff) && c < 0xfffe) {
                        safe.appendCodePoint(c);
                    } else {
                        safe.append(c > 0xffff ? Character.toString(c) : "\uFFFD");
                    }
                }
            }
        });
        return safe.toString();
    }
}
