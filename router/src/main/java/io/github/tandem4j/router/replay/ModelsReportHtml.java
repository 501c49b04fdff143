package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A report of several models as one HTML page. */
final class ModelsReportHtml {

    private ModelsReportHtml() {}

    static String of(ModelsReport report) {
        HtmlPage page = new HtmlPage(
                "Replay",
                report.name() + " among " + report.models().size() + " models",
                ReportHtml.lead(report.provenance()));
        verdict(page, report);
        page.cards(cards(report));
        if (!report.hull().isEmpty()) {
            page.section(
                    "Score against cost",
                    "Each λ weighs cost against quality in its own way. Up and to the left is better; grey dots are λ that"
                            + " were tried.",
                    Plots.models(report));
        }
        page.beginRow();
        page.section("Who answers", "The share of queries that each model gets at this λ.", shares(report));
        page.section(
                "Do the estimates come true?",
                "The quality that was foreseen of the chosen model, against the score that its answers had.",
                Plots.reliability(report.reliability(), "quality of the chosen model"));
        page.endRow();
        page.section(
                "In figures",
                "The choice, each model alone, and what chance and an oracle make of them, on the same queries. Small figures"
                        + " are 95 % intervals.",
                table(report));
        page.facts("What the figures mean", glossary(report));
        page.facts("How this was made", report.inWords());
        return page.html();
    }

    private static void verdict(HtmlPage page, ModelsReport report) {
        Interval over = report.overBestSingle().score();
        String best = report.bestSingle().name();
        String kind = over.low() > 0 ? "yes" : over.high() < 0 ? "no" : "not_shown";
        String headline =
                switch (kind) {
                    case "yes" -> "Yes: choosing is better than the best single model";
                    case "no" -> "No: always asking " + best + " is better";
                    default -> "Not shown: choosing may be no better than always asking " + best;
                };
        List<String> words = new ArrayList<>();
        words.add(String.format(
                Locale.ROOT,
                "The choice scores %s, and %s, the best single model on these very queries, %s: a difference of %s. Knowing"
                        + " the best model of each query would reach %.3f.",
                report.measured().score(),
                best,
                report.bestSingle().score(),
                over,
                report.oracle().score().value()));
        double ratio = report.measured().costUsd().value()
                / report.bestSingle().costUsd().value();
        if (Double.isFinite(ratio)) {
            words.add(String.format(
                    Locale.ROOT,
                    "It costs %.0f %% of what %s costs.%s",
                    100 * ratio,
                    best,
                    report.overMixture()
                            .map(comparison -> " Against a random mixture of models at the same cost it is "
                                    + (comparison.score().low() > 0 ? "" : "not shown to be ")
                                    + "better: by " + comparison.score() + ".")
                            .orElse("")));
        }
        if (!report.isCostKnown()) {
            words.add(
                    "The cost of a model is not known, so estimated quality alone has chosen, whatever λ is. Give prices.");
        }
        page.verdict(kind, headline, words);
    }

    private static List<HtmlPage.Card> cards(ModelsReport report) {
        List<HtmlPage.Card> cards = new ArrayList<>();
        cards.add(new HtmlPage.Card(
                "Score",
                ReportHtml.number("%.3f", report.measured().score().value()),
                ReportHtml.within(report.measured().score(), "%.3f", 1) + "of 1"));
        cards.add(new HtmlPage.Card(
                "Over the best single model",
                ReportHtml.number("%+.3f", report.overBestSingle().score().value()),
                ReportHtml.within(report.overBestSingle().score(), "%+.3f", 1)
                        + ReportHtml.number("p %.3f", report.overBestSingle().p())));
        cards.add(new HtmlPage.Card(
                "Below the oracle",
                ReportHtml.number("%.3f", report.measured().regret().value()),
                ReportHtml.within(report.measured().regret(), "%.3f", 1) + "regret"));
        if (Double.isFinite(report.measured().costUsd().value())) {
            cards.add(new HtmlPage.Card(
                    "Cost of 1,000 queries",
                    ReportHtml.number(
                            "%.4f USD", 1000 * report.measured().costUsd().value()),
                    ReportHtml.number(
                            "best single %.4f USD",
                            1000 * report.bestSingle().costUsd().value())));
        }
        if (!Double.isNaN(report.aiq())) {
            cards.add(new HtmlPage.Card("AIQ", ReportHtml.number("%.3f", report.aiq()), "mean score along the hull"));
        }
        cards.add(new HtmlPage.Card("λ", String.format(Locale.ROOT, "%.4g", report.lambda()), "score per USD"));
        return cards;
    }

    private static String shares(ModelsReport report) {
        double most = report.shares().stream().mapToDouble(share -> share).max().orElse(1);
        StringBuilder bars = new StringBuilder("<div class=\"bars\">\n");
        for (int m = 0; m < report.models().size(); m++) {
            double share = report.shares().get(m);
            bars.append("<span>")
                    .append(HtmlPage.escaped(report.models().get(m)))
                    .append("</span>");
            bars.append(String.format(
                    Locale.ROOT,
                    "<i style=\"width:%.2f%%;background:var(--%s)\"></i><b>%.1f %%</b>%n",
                    100 * share / most,
                    Diagram.ofModel(m),
                    100 * share));
        }
        return bars.append("</div>").toString();
    }

    private static String table(ModelsReport report) {
        FiguresTable table = new FiguresTable(report.figures());
        table.row(report.measured(), Diagram.key("dot", "ink"), true);
        for (int m = 0; m < report.alone().size(); m++) {
            table.row(report.alone().get(m), Diagram.key("dot", Diagram.ofModel(m)), false);
        }
        table.row(report.random(), "", false);
        report.mixture().ifPresent(mixture -> table.row(mixture, Diagram.key("dot", "chance"), false));
        table.row(report.oracle(), Diagram.key("dot", "oracle"), false);
        return table.html();
    }

    private static Map<String, String> glossary(ModelsReport report) {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put("Score", "The recorded quality of an answer, from 0 to 1.");
        terms.put(
                "λ",
                "What a dollar is worth in score: of each query the model of the highest estimated quality − λ · expected"
                        + " cost is asked. At 0, quality alone decides.");
        terms.put(
                "Random mixture at the same cost",
                "The best that asking single models at random, in fixed shares, reaches"
                        + " for what the choice costs, as far as that lies between their costs.");
        terms.put("AIQ", "The mean score along the best λ and their mixtures, over cost.");
        terms.put(
                "Oracle",
                "Who knows the outcomes beforehand: of each query the best answer, of equals the cheapest. No"
                        + " router reaches it.");
        terms.put(
                "95 % interval",
                "Where the figure would lie in 95 of 100 draws of such "
                        + report.provenance().resampled() + ".");
        return terms;
    }
}
