package io.github.tandem4j.router.replay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * What a choice among several models was worth: of each query the model of the highest {@code quality − λ·cost}, both
 * estimated before the answer. Immutable.
 *
 * @param name whose estimates
 * @param models among whom
 * @param provenance on what
 * @param lambda what a dollar is worth in quality, 1/USD
 * @param isCostKnown whether the cost of every model could be expected; if not, the estimated quality alone has chosen
 * @param measured what the choice was worth
 * @param bestSingle the one model that was best on these very queries, alone
 * @param random each model with the same chance
 * @param oracle the best model of each query
 * @param overBestSingle how much better than the best single model, query by query
 * @param aiq the mean quality along the convex hull of the curve; NaN without costs
 * @param curve cost and quality at other λ
 */
public record ModelsReport(
        String name,
        List<String> models,
        ReportProvenance provenance,
        double lambda,
        boolean isCostKnown,
        Figures measured,
        Figures bestSingle,
        Figures random,
        Figures oracle,
        Comparison overBestSingle,
        double aiq,
        List<At> curve) {

    /** Copies the lists. */
    public ModelsReport {
        models = List.copyOf(models);
        curve = List.copyOf(curve);
    }

    /** What a choice at this λ is worth: its mean quality and its mean cost in US dollars, NaN if not known. */
    public record At(double lambda, double score, double costUsd) {}

    /** {@return all figures as one JSON object; what is not known is null} */
    public String toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("router", name);
        json.put("n", provenance.queries());
        models.forEach(json.putArray("models")::add);
        json.put("lambda", lambda);
        json.put("lambda_applied", isCostKnown || lambda == 0);
        ReportJson.number(json, "score", measured.score().value());
        ReportJson.interval(json, "score_ci", measured.score());
        ReportJson.number(json, "cost_usd", measured.costUsd().value());
        json.put("unpriced", measured.unpriced());
        ReportJson.number(json, "best_single", bestSingle.score().value());
        json.put("best_single_model", bestSingle.name());
        ReportJson.number(json, "best_single_cost_usd", bestSingle.costUsd().value());
        ReportJson.number(json, "random", random.score().value());
        ReportJson.number(json, "oracle", oracle.score().value());
        ReportJson.number(json, "oracle_cost_usd", oracle.costUsd().value());
        ReportJson.number(json, "regret", measured.regret().value());
        ReportJson.number(json, "over_best_single", overBestSingle.score().value());
        ReportJson.interval(json, "over_best_single_ci", overBestSingle.score());
        ReportJson.number(json, "p", overBestSingle.p());
        ReportJson.number(json, "aiq", aiq);
        ArrayNode points = json.putArray("curve");
        for (At at : curve) {
            ObjectNode point = points.addObject();
            point.put("lambda", at.lambda());
            ReportJson.number(point, "score", at.score());
            ReportJson.number(point, "cost_usd", at.costUsd());
        }
        ReportJson.data(json, provenance);
        return json.toPrettyString();
    }

    /** {@return the figures for a terminal} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s among %d models at lambda %s, %,d queries (left out: %,d contaminated, %,d with a gap)%n%n",
                name,
                models.size(),
                lambda,
                provenance.queries(),
                provenance.contaminated(),
                provenance.gaps()));
        if (!isCostKnown && lambda != 0) {
            text.append("The cost of a model is not known, so lambda had no effect: give prices.\n\n");
        }
        line(text, measured.name(), measured);
        line(text, "best single: " + bestSingle.name(), bestSingle);
        line(text, random.name(), random);
        line(text, oracle.name(), oracle);
        return text.append(String.format(
                        Locale.ROOT,
                        "%nOver the best single model: %s (p %.3f)   AIQ %s%n",
                        overBestSingle.score(),
                        overBestSingle.p(),
                        ReportText.number("%.3f", aiq)))
                .toString();
    }

    private static void line(StringBuilder text, String what, Figures figures) {
        text.append(String.format(
                Locale.ROOT,
                "%-44s %-22s %12s USD/query%n",
                what,
                figures.score(),
                ReportText.number("%.6f", figures.costUsd().value())));
    }
}
