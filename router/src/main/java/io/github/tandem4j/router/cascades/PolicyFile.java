package io.github.tandem4j.router.cascades;

import static io.github.tandem4j.router.cascades.JsonFile.require;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A policy as it is written: all that it decides by, and what it was made from. Whatever is read is checked. */
record PolicyFile(
        String kind,
        int version,
        List<String> stages,
        Origin madeFrom,
        double expectedLoss,
        double expectedLossError,
        double expectedCostShare,
        double price,
        List<Double> costShares,
        int start,
        List<ConfidenceScale> scales,
        Map<Integer, Plan.Step> steps) {

    private static final String KIND = "tandem cascade policy";
    private static final int VERSION = 2;
    private static final int MOST_STAGES = 8;

    /** What it was made from. */
    record Origin(
            int rows, int gaps, String fingerprint, double maxLoss, FitConstants constants, long seed, String date) {}

    PolicyFile {
        require(KIND.equals(kind), "kind is '" + kind + "'; valid is '" + KIND + "'");
        require(version == VERSION, "version is " + version + "; valid is " + VERSION);
        stages = List.copyOf(stages);
        costShares = List.copyOf(costShares);
        scales = List.copyOf(scales);
        int n = stages.size();
        require(n >= 2 && n <= MOST_STAGES && new HashSet<>(stages).size() == n, "stages are " + stages);
        require(costShares.size() == n, "there are " + costShares.size() + " cost shares for " + n + " stages");
        require(
                costShares.stream().allMatch(share -> Double.isFinite(share) && share >= 0),
                "cost shares are " + costShares);
        require(scales.size() == n, "there are " + scales.size() + " scales for " + n + " stages");
        require(start >= 0 && start < n, "start is stage " + start + " of " + n);
        require(Double.isFinite(price) && price > 0, "price is " + price);
        require(
                madeFrom.rows > 0 && madeFrom.gaps >= 0 && madeFrom.fingerprint.matches("[0-9a-f]{64}"),
                "it was made from " + madeFrom);
        require(
                Double.isFinite(expectedLoss)
                        && Double.isFinite(expectedLossError)
                        && Double.isFinite(expectedCostShare),
                "what is expected is no number");
        steps = new TreeMap<>(steps);
        require(
                List.copyOf(steps.keySet())
                        .equals(Visited.all(n).stream().sorted().toList()),
                "steps are there after the sets of stages " + steps.keySet());
        steps.forEach((visited, step) -> requireWhole(visited, step, n));
    }

    private static void requireWhole(int visited, Plan.Step step, int stages) {
        int width = StageEvidence.size(Integer.bitCount(visited));
        int between = stages - 2 - Visited.latest(visited);
        boolean whole = step.right().size() == width
                && step.last().size() == width
                && step.later().size() == between;
        for (int j = Visited.latest(visited) + 1; j < stages - 1 && whole; j++) {
            LinearModel later = step.later().get(j);
            whole = later != null && later.size() == width;
        }
        require(whole, "the step after the set of stages " + visited + " is not whole");
    }

    static PolicyFile of(List<String> stages, Plan plan, StageEvidence evidence, PriceChoice choice, Origin origin) {
        return new PolicyFile(
                KIND,
                VERSION,
                stages,
                origin,
                choice.loss(),
                choice.error(),
                choice.cost(),
                plan.price(),
                Arrays.stream(plan.costs()).boxed().toList(),
                plan.start(),
                evidence.scales(),
                plan.steps());
    }

    Plan plan() {
        return new Plan(
                price, costShares.stream().mapToDouble(Double::doubleValue).toArray(), start, steps);
    }

    StageEvidence evidence() {
        return new StageEvidence(scales);
    }

    int trainedOn() {
        return madeFrom.rows;
    }

    int gaps() {
        return madeFrom.gaps;
    }

    String fingerprint() {
        return madeFrom.fingerprint;
    }

    double maxLoss() {
        return madeFrom.maxLoss;
    }

    long seed() {
        return madeFrom.seed;
    }

    static PolicyFile read(Path path) {
        return JsonFile.read(path, PolicyFile.class, "cascade policy");
    }

    void write(Path path) {
        JsonFile.write(path, this);
    }
}
