package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Interval;
import java.util.List;
import java.util.Locale;

/** Figures as a table of a page: columns of which nothing is known are left out. */
final class FiguresTable {

    private final StringBuilder html =
            new StringBuilder("<div class=\"table\"><table><thead><tr><th></th><th>Score</th>");
    private final boolean hasStrong;
    private final boolean hasCost;
    private final boolean hasTime;

    FiguresTable(List<Figures> all) {
        hasStrong =
                all.stream().anyMatch(each -> !Double.isNaN(each.strongShare().value()));
        hasCost = all.stream().anyMatch(each -> !Double.isNaN(each.costUsd().value()));
        hasTime = all.stream().anyMatch(each -> !Double.isNaN(each.latencyP50Ms()));
        html.append(hasStrong ? "<th>Strong calls</th>" : "");
        html.append(hasCost ? "<th>USD per 1,000<br/>queries</th>" : "");
        html.append(hasTime ? "<th>Median<br/>time</th><th>95 %<br/>within</th>" : "");
        html.append("<th>Below the<br/>oracle by</th></tr></thead><tbody>\n");
    }

    /** @param key the colour of what it stands for, as {@link Diagram#key} makes it; may be empty */
    void row(Figures each, String key, boolean isMain) {
        html.append(isMain ? "<tr class=\"main\">" : "<tr>").append("<th scope=\"row\">");
        html.append(key)
                .append(key.isEmpty() ? "" : " ")
                .append(HtmlPage.escaped(each.name()))
                .append("</th>");
        cell(number("%.3f", each.score().value()) + interval(each.score(), "%.3f", 1));
        if (hasStrong) {
            cell(number("%.1f %%", 100 * each.strongShare().value()));
        }
        if (hasCost) {
            cell(number("%.4f", 1000 * each.costUsd().value())
                    + (each.unpriced() == 0
                            ? interval(each.costUsd(), "%.4f", 1000)
                            : String.format(Locale.ROOT, "<small>%,d not priced</small>", each.unpriced())));
        }
        if (hasTime) {
            cell(number("%,.0f ms", each.latencyP50Ms()));
            cell(number("%,.0f ms", each.latencyP95Ms()));
        }
        cell(number("%.3f", each.regret().value()));
        html.append("</tr>\n");
    }

    private void cell(String content) {
        html.append("<td>").append(content).append("</td>");
    }

    static String interval(Interval interval, String format, double times) {
        return interval.isMeasured() && interval.high() > interval.low()
                ? "<small>" + number(format, times * interval.low()) + " to " + number(format, times * interval.high())
                        + "</small>"
                : "";
    }

    private static String number(String format, double value) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, format, value);
    }

    String html() {
        return html + "</tbody></table></div>";
    }
}
