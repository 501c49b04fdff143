package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A report of two models as one HTML page. */
final class ReportHtml {

    private ReportHtml() {}

    static String of(Report report) {
        ReportProvenance data = report.provenance();
        HtmlPage page = new HtmlPage("Replay", title(report), lead(data));
        report.routability()
                .ifPresent(verdict -> page.verdict(
                        verdict.answer().name().toLowerCase(Locale.ROOT), verdict.headline(), verdict.inWords()));
        report.router().ifPresent(router -> page.cards(cards(report, router)));
        report.comparison()
                .ifPresent(comparison -> page.section(
                        "Against " + comparison.second(),
                        comparison.inWords(),
                        String.format(
                                Locale.ROOT,
                                "<p class=\"soft\">Query by query on the same resamples; chance alone would make such a"
                                        + " difference in APGR with p = %.3f.</p>",
                                comparison.p())));
        report.router()
                .ifPresentOrElse(
                        router -> page.section(
                                "What more strong calls buy",
                                "From never asking the strong model on the left to always asking it on the right. The"
                                        + " router is worth its distance from the dashed line of chance.",
                                Plots.curve(report, router)),
                        () -> page.section("Beside the baselines", "", Plots.figures(report.figures())));
        page.section("In figures", explanation(report), table(report));
        report.router().ifPresent(router -> {
            page.beginRow();
            page.section(
                    "Do the estimates come true?",
                    "The gain is how much better the strong model's answer is. On the dashed line it is what was foreseen;"
                            + " a rising line at least orders queries rightly.",
                    Plots.reliability(router.reliability(), "gain of the strong model"));
            page.section(
                    "What goes wrong where the weak model answers?",
                    "From the queries that need the strong model least to all of them."
                            + report.confidence()
                                    .flatMap(ConfidenceRisk::certified)
                                    .map(certified -> " " + ReportText.inWords(certified))
                                    .orElse(""),
                    Plots.risk(report, router));
            page.endRow();
        });
        page.facts("What the figures mean", glossary(report));
        page.facts("How this was made", report.inWords());
        return page.html();
    }

    private static String title(Report report) {
        String pair = report.weak().name().replaceFirst("^always ", "") + " or "
                + report.strong().name().replaceFirst("^always ", "");
        return report.name() + ": " + pair + "?";
    }

    static String lead(ReportProvenance data) {
        String text = String.format(Locale.ROOT, "Measured on %,d recorded queries.", data.queries());
        if (data.contaminated() > 0) {
            text += String.format(
                    Locale.ROOT, " Left out: %,d that a published training set contains.", data.contaminated());
        }
        return data.gaps() > 0
                ? text + String.format(Locale.ROOT, " Left out: %,d without an outcome of each model.", data.gaps())
                : text;
    }

    private static String explanation(Report report) {
        return report.router().isPresent()
                ? "The router at the threshold that sends half of the queries to the strong model, beside four others on the"
                        + " same queries. Small figures are 95 % intervals."
                : "The strategy beside four others on the same queries. Small figures are 95 % intervals.";
    }

    private static List<HtmlPage.Card> cards(Report report, RouterFigures router) {
        List<HtmlPage.Card> cards = new ArrayList<>();
        cards.add(new HtmlPage.Card(
                "APGR",
                number("%.3f", router.apgr().value()),
                within(router.apgr(), "%.3f", 1) + "chance .500, oracle " + number("%.3f", router.oracleApgr())));
        cards.add(cpt("half", router.cpt50(), "50"));
        cards.add(cpt("80 %", router.cpt80(), "80"));
        cards.add(new HtmlPage.Card(
                "Calls saved", number("%.1f %%", 100 * router.savedAt95()), "at 95 % of the strong model's score"));
        cards.add(new HtmlPage.Card(
                "Gap at half of the calls",
                number("%.0f %%", 100 * report.pgr().value()),
                within(report.pgr(), "%.0f %%", 100) + "chance 50 %"));
        cards.add(new HtmlPage.Card("AIQ", number("%.3f", router.aiq()), "mean score along the hull"));
        return cards;
    }

    private static HtmlPage.Card cpt(String what, Interval cpt, String chance) {
        return new HtmlPage.Card(
                "Calls for " + what + " of the gap",
                number("%.1f %%", 100 * cpt.value()),
                within(cpt, "%.0f %%", 100) + "chance " + chance + " %");
    }

    static String within(Interval interval, String format, double times) {
        return interval.isMeasured()
                ? String.format(Locale.ROOT, format + " to " + format, times * interval.low(), times * interval.high())
                        + "; "
                : "";
    }

    static String number(String format, double value) {
        return Double.isNaN(value) ? "not known" : String.format(Locale.ROOT, format, value);
    }

    private static String table(Report report) {
        FiguresTable table = new FiguresTable(report.figures());
        String[] keys = {
            Diagram.key("", "router"),
            Diagram.key("dash", "weak"),
            Diagram.key("dash", "strong"),
            Diagram.key("dash", "chance"),
            Diagram.key("", "oracle")
        };
        for (int i = 0; i < report.figures().size(); i++) {
            table.row(report.figures().get(i), keys[i], i == 0);
        }
        return table.html();
    }

    private static Map<String, String> glossary(Report report) {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "Score",
                "The recorded quality of an answer, from 0 to 1; of answers that are right or wrong, their share"
                        + " of right ones.");
        terms.put("Gap", "How much better the strong model's mean score is than the weak model's.");
        if (report.router().isPresent()) {
            terms.put(
                    "APGR",
                    "The share of the gap that is recovered, averaged over all shares of strong calls. Asking the"
                            + " strong model at random has .500.");
            terms.put(
                    "Calls for half of the gap",
                    "The least share of queries for the strong model at which half of the"
                            + " gap is recovered (CPT 50). The fewer, the better.");
            terms.put(
                    "AIQ",
                    "The mean score along the best thresholds and their mixtures, over cost where it is known, else"
                            + " over the share of strong calls.");
            report.confidence()
                    .ifPresent(confidence -> terms.put(
                            "AURC of the weak model's confidence",
                            number("%.3f", confidence.area())
                                    + ": the share of wrong answers among those kept, averaged over all shares kept."));
        }
        if (report.router().isPresent()) {
            terms.put(
                    "Calls saved",
                    "The share of strong calls that can be left out where 95 % of the strong model's mean score"
                            + " is to be kept.");
        }
        terms.put(
                "Oracle",
                "Who knows the outcomes beforehand: of each query the better answer, of equals the cheaper. No"
                        + " router reaches it.");
        terms.put(
                "95 % interval",
                "Where the figure would lie in 95 of 100 draws of such "
                        + report.provenance().resampled() + ".");
        return terms;
    }
}
