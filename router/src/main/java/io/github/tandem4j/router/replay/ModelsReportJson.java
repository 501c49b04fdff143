package io.github.tandem4j.router.replay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A report of several models as JSON. */
final class ModelsReportJson {

    private ModelsReportJson() {}

    static ObjectNode of(ModelsReport report) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("router", report.name());
        json.put("n", report.provenance().queries());
        report.models().forEach(json.putArray("models")::add);
        json.put("lambda", report.lambda());
        json.put("lambda_applied", report.isCostKnown() || report.lambda() == 0);
        ReportJson.number(json, "score", report.measured().score().value());
        ReportJson.interval(json, "score_ci", report.measured().score());
        ReportJson.number(json, "cost_usd", report.measured().costUsd().value());
        json.put("unpriced", report.measured().unpriced());
        ReportJson.number(json, "best_single", report.bestSingle().score().value());
        json.put("best_single_model", report.bestSingle().name());
        ReportJson.number(
                json, "best_single_cost_usd", report.bestSingle().costUsd().value());
        ReportJson.number(json, "random", report.random().score().value());
        report.mixture()
                .ifPresent(mixture -> ReportJson.number(
                        json, "mixture_at_same_cost", mixture.score().value()));
        ReportJson.number(json, "oracle", report.oracle().score().value());
        ReportJson.number(json, "oracle_cost_usd", report.oracle().costUsd().value());
        ReportJson.number(json, "regret", report.measured().regret().value());
        compared(json, "over_best_single", report.overBestSingle());
        ReportJson.number(json, "p", report.overBestSingle().p());
        report.overMixture().ifPresent(comparison -> compared(json, "over_mixture", comparison));
        ReportJson.number(json, "aiq", report.aiq());
        ObjectNode shares = json.putObject("shares");
        for (int m = 0; m < report.models().size(); m++) {
            shares.put(report.models().get(m), report.shares().get(m));
        }
        ArrayNode figures = json.putArray("figures");
        report.figures().forEach(each -> ReportJson.add(figures.addObject(), each));
        points(json.putArray("curve"), report.curve());
        points(json.putArray("hull"), report.hull());
        ReportJson.bins(json.putArray("reliability"), report.reliability());
        ReportJson.data(json, report.provenance());
        return json;
    }

    private static void compared(ObjectNode json, String name, Comparison comparison) {
        ReportJson.number(json, name, comparison.score().value());
        ReportJson.interval(json, name + "_ci", comparison.score());
    }

    private static void points(ArrayNode array, List<ModelsReport.At> curve) {
        for (ModelsReport.At at : curve) {
            ObjectNode point = array.addObject();
            point.put("lambda", at.lambda());
            ReportJson.number(point, "score", at.score());
            ReportJson.number(point, "cost_usd", at.costUsd());
            at.shares().forEach(point.putArray("shares")::add);
        }
    }
}
