package io.github.tandem4j.router.replay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.router.calibration.Interval;
import java.util.List;
import java.util.Locale;

/** A report as JSON. */
final class ReportJson {

    private ReportJson() {}

    static ObjectNode of(Report report) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("router", report.name());
        json.put("n", report.provenance().queries());
        number(json, "score", report.measured().score().value());
        interval(json, "score_ci", report.measured().score());
        number(json, "cost_usd", report.measured().costUsd().value());
        number(json, "pgr", report.pgr().value());
        interval(json, "pgr_ci", report.pgr());
        number(json, "regret", report.measured().regret().value());
        number(json, "strong_share", report.measured().strongShare().value());
        number(json, "weak_score", report.weak().score().value());
        number(json, "strong_score", report.strong().score().value());
        number(json, "random_score", report.random().score().value());
        number(json, "oracle_score", report.oracle().score().value());
        report.router().ifPresent(router -> add(json, router));
        report.routability().ifPresent(verdict -> {
            ObjectNode node = json.putObject("routability");
            node.put("answer", verdict.answer().name().toLowerCase(Locale.ROOT));
            number(node, "gap", verdict.gap().value());
            interval(node, "gap_ci", verdict.gap());
            number(node, "oracle_gain", verdict.oracleGain().value());
            number(node, "weak_suffices", verdict.weakSuffices());
            node.put("why", verdict.why() + " " + verdict.ground());
        });
        report.comparison().ifPresent(comparison -> add(json.putObject("against"), comparison));
        report.confidence().ifPresent(confidence -> add(json.putObject("weak_confidence"), confidence));
        ArrayNode all = json.putArray("figures");
        report.figures().forEach(figures -> add(all.addObject(), figures));
        data(json, report.provenance());
        return json;
    }

    static void data(ObjectNode json, ReportProvenance provenance) {
        ObjectNode data = json.putObject("data");
        data.put("fingerprint", provenance.fingerprint());
        data.put("contaminated_left_out", provenance.contaminated());
        data.put("gaps_left_out", provenance.gaps());
        data.put("seed", provenance.seed());
        data.put("resamples", provenance.resamples());
        data.put("resampled", provenance.resampled());
    }

    private static void add(ObjectNode json, RouterFigures router) {
        number(json, "apgr", router.apgr().value());
        interval(json, "apgr_ci", router.apgr());
        number(json, "apgr_deciles", router.apgrOnDeciles());
        number(json, "oracle_apgr", router.oracleApgr());
        number(json, "cpt20", router.cpt20().value());
        interval(json, "cpt20_ci", router.cpt20());
        number(json, "cpt50", router.cpt50().value());
        interval(json, "cpt50_ci", router.cpt50());
        number(json, "cpt80", router.cpt80().value());
        interval(json, "cpt80_ci", router.cpt80());
        number(json, "aiq", router.aiq());
        number(json, "saved_at_95", router.savedAt95());
        bins(json.putArray("reliability"), router.reliability());
    }

    static void bins(ArrayNode array, List<RouterFigures.Bin> bins) {
        for (RouterFigures.Bin bin : bins) {
            ObjectNode node = array.addObject();
            number(node, "estimated", bin.estimated());
            number(node, "real", bin.real());
            node.put("queries", bin.queries());
        }
    }

    private static void add(ObjectNode node, RouterComparison comparison) {
        node.put("router", comparison.second());
        number(node, "apgr_difference", comparison.apgr().value());
        interval(node, "apgr_difference_ci", comparison.apgr());
        number(node, "p", comparison.p());
        number(node, "score_difference", comparison.atHalf().score().value());
        interval(node, "score_difference_ci", comparison.atHalf().score());
        number(node, "score_p", comparison.atHalf().p());
    }

    private static void add(ObjectNode node, ConfidenceRisk confidence) {
        number(node, "aurc", confidence.area());
        confidence.certified().ifPresent(certified -> {
            ObjectNode mark = node.putObject("certified");
            number(mark, "threshold", certified.threshold());
            number(mark, "coverage", certified.coverage());
            number(mark, "risk", certified.risk());
            number(mark, "alpha", certified.promised());
            number(mark, "delta", certified.delta());
        });
    }

    static void add(ObjectNode node, Figures figures) {
        node.put("name", figures.name());
        number(node, "score", figures.score().value());
        interval(node, "score_ci", figures.score());
        number(node, "cost_usd", figures.costUsd().value());
        node.put("unpriced", figures.unpriced());
        number(node, "latency_p50_ms", figures.latencyP50Ms());
        number(node, "latency_p95_ms", figures.latencyP95Ms());
        number(node, "strong_share", figures.strongShare().value());
        number(node, "regret", figures.regret().value());
    }

    static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    static void interval(ObjectNode node, String name, Interval interval) {
        if (Double.isFinite(interval.low())) {
            node.putArray(name).add(interval.low()).add(interval.high());
        } else {
            node.putNull(name);
        }
    }
}
