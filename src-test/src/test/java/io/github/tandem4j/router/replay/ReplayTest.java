package io.github.tandem4j.router.replay;

import static io.github.tandem4j.router.replay.RecordedEndpoint.recordedConfidence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.fusion.Fused;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.router.BestValue;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleConsumer;
import org.junit.jupiter.api.Test;

class ReplayTest {

    /** Queries 0 to n - 1: small is right on the easy ones and sure of itself there; large on most. */
    private static RecordedOutcomes data(int n, long seed) {
        Random random = new Random(seed);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            double ease = random.nextDouble();
            boolean small = random.nextDouble() < ease;
            boolean large = random.nextDouble() < 0.9;
            queries.add(RecordedQuery.of("q" + i, "question " + i + " of ease " + ease)
                    .subject("s" + i % 7)
                    .outcome(
                            "small",
                            RecordedOutcome.scored(small ? 1 : 0)
                                    .response("s" + i)
                                    .confidence(ease)
                                    .cost(Usd.of("0.001"))
                                    .latency(Duration.ofMillis(10 + i % 10)))
                    .outcome(
                            "large",
                            RecordedOutcome.scored(large ? 1 : 0)
                                    .response("l" + i)
                                    .cost(Usd.of("0.01"))
                                    .latency(Duration.ofMillis(100))));
        }
        return RecordedOutcomes.of(queries);
    }

    private final RecordedOutcomes data = data(400, 1);
    private final Replay replay = Replay.of(data).resamples(200);
    private final RecordedEndpoint small = replay.endpoint("small");
    private final RecordedEndpoint large = replay.endpoint("large");

    private static double ease(RecordedQuery query) {
        return Double.parseDouble(query.prompt().substring(query.prompt().lastIndexOf(' ') + 1));
    }

    /** Knows how easy a query is by its words. */
    private static final QualityEstimator BY_EASE = (request, endpoint) -> {
        double ease = ease(request.evidence().get(RecordedQuery.KEY).orElseThrow());
        return Confidence.probability(endpoint.id().equals("small") ? ease : 0.9, "ease");
    };

    @Test
    void aCascadeOfProductionIsWorthWhatTheOutcomesSay() {
        ModelEndpoint cascade = Cascade.startingWith(small)
                .keepWhen(recordedConfidence().atLeast(0.6))
                .deferTo(large)
                .build();

        Report report = replay.compare(cascade, small, large);

        double score = 0;
        double cost = 0;
        int strong = 0;
        for (RecordedQuery query : data) {
            boolean keeps = ease(query) >= 0.6;
            score += query.score(keeps ? "small" : "large");
            cost += keeps ? 0.001 : 0.011;
            strong += keeps ? 0 : 1;
        }
        Figures measured = report.measured();
        assertThat(measured.score().value()).isCloseTo(score / 400, within(1e-12));
        assertThat(measured.costUsd().value()).isCloseTo(cost / 400, within(1e-12));
        assertThat(measured.strongShare().value()).isCloseTo(strong / 400.0, within(1e-12));
        assertThat(measured.latencyP95Ms()).isBetween(110.0, 120.0);
        assertThat(report.random().score().value())
                .isCloseTo(
                        report.weak().score().value()
                                + strong
                                        / 400.0
                                        * (report.strong().score().value()
                                                - report.weak().score().value()),
                        within(1e-12));
        assertThat(report.oracle().regret().value()).isZero();
        assertThat(measured.score().low()).isLessThan(measured.score().value());
        assertThat(report.router()).isEmpty();
    }

    @Test
    void aRoutingIsScoredByWhomItChose() {
        ModelEndpoint routing = Routing.among(small, large)
                .by((request, candidates) -> Choice.of(
                        candidates.get(
                                ease(request.evidence().get(RecordedQuery.KEY).orElseThrow()) > 0.5 ? 0 : 1),
                        "ease"))
                .build();

        Report report = replay.compare(routing, small, large);

        double score = data.queries().stream()
                .mapToDouble(query -> query.score(ease(query) > 0.5 ? "small" : "large"))
                .average()
                .orElseThrow();
        assertThat(report.measured().score().value()).isCloseTo(score, within(1e-12));
    }

    @Test
    void anAnswerOfSeveralNeedsAScorer() {
        ModelEndpoint fusion = Fusion.of(small, large)
                .by((request, replies) ->
                        Fused.made(Completion.of("both").response(), "both say something", Confidence.unknown()))
                .build();

        assertThatThrownBy(() -> replay.compare(fusion, small, large))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("scoredBy");
        Report report = replay.scoredBy((query, reply) -> 0.25).compare(fusion, small, large);
        assertThat(report.measured().score().value()).isEqualTo(0.25);
    }

    @Test
    void callsNoLiveEndpoint() {
        ModelEndpoint live = ModelEndpoint.of(
                "live", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("expensive"));
        ModelEndpoint cascade = Cascade.startingWith(small)
                .keepWhen(recordedConfidence().atLeast(0.6))
                .deferTo(live)
                .build();

        assertThatThrownBy(() -> replay.compare(cascade, small, large))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("live is a live endpoint");
    }

    @Test
    void followsAScoreThroughAllItsThresholds() {
        Report report = replay.curve("ease", BY_EASE, "small", "large");
        RouterFigures router = report.router().orElseThrow();

        assertThat(router.apgr().low()).isGreaterThan(0.5);
        assertThat(router.cpt50().value()).isLessThan(0.5);
        assertThat(router.oracleApgr()).isGreaterThan(router.apgr().value());
        assertThat(report.routability().orElseThrow().answer()).isEqualTo(Routability.Answer.YES);
        assertThat(router.bands().get(0).quality().value())
                .isCloseTo(report.weak().score().value(), within(1e-12));
        assertThat(router.bands().get(50).quality().value())
                .isCloseTo(report.strong().score().value(), within(1e-12));
    }

    @Test
    void aRouterThatKnowsOnlyTheMeanOfItsTrainingIsWorthChance() {
        Report report = Replay.of(data(200, 5))
                .resamples(100)
                .crossFit(
                        5,
                        "mean",
                        train -> {
                            double small = mean(train, "small");
                            double large = mean(train, "large");
                            return (request, endpoint) ->
                                    Confidence.rawScore(endpoint.id().equals("small") ? small : large, "mean");
                        },
                        "small",
                        "large");
        assertThat(report.router().orElseThrow().apgr().value()).isCloseTo(0.5, within(0.02));
    }

    private static double mean(RecordedOutcomes outcomes, String model) {
        return outcomes.queries().stream()
                .mapToDouble(query -> query.score(model))
                .average()
                .orElseThrow();
    }

    @Test
    void contaminatedQueriesAreNotTrainedOnEither() {
        RecordedOutcomes train = RecordedOutcomes.of(data(40, 6).queries().stream()
                .map(query -> RecordedQuery.of("train-" + query.id(), "Train: " + query.prompt())
                        .outcome("small", RecordedOutcome.scored(0))
                        .outcome("large", RecordedOutcome.scored(1))
                        .contaminated())
                .toList());
        List<Integer> sizes = new ArrayList<>();
        Replay lab = Replay.of(data(40, 7)).resamples(100);
        for (Replay each : List.of(lab, lab.includingContaminated())) {
            each.trainedOn(
                    train,
                    "none",
                    used -> {
                        sizes.add(used.size());
                        return (request, endpoint) -> Confidence.rawScore(0, "none");
                    },
                    "small",
                    "large");
        }
        assertThat(sizes).containsExactly(0, 40);
    }

    @Test
    void crossFittingTrainsOnNothingThatItTests() {
        List<RecordedOutcomes> trained = new ArrayList<>();
        Report report = replay.bySubject()
                .crossFit(
                        3,
                        "ease",
                        train -> {
                            trained.add(train);
                            return (request, endpoint) -> {
                                RecordedQuery query = request.evidence()
                                        .get(RecordedQuery.KEY)
                                        .orElseThrow();
                                assertThat(train.queries())
                                        .noneMatch(other -> other.subject().equals(query.subject()));
                                return BY_EASE.estimate(request, endpoint);
                            };
                        },
                        "small",
                        "large");

        assertThat(trained).hasSize(3);
        assertThat(report.provenance().resampled()).isEqualTo("subjects");
    }

    @Test
    void refusesToTestOnWhatWasTrainedOn() {
        RecordedOutcomes half = data.where(query -> query.id().endsWith("1"));

        assertThatThrownBy(() -> replay.trainedOn(half, "ease", train -> BY_EASE, "small", "large"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("40 queries");
        RecordedOutcomes shouted = RecordedOutcomes.of(half.queries().stream()
                .map(query -> RecordedQuery.of(
                                query.id() + "!",
                                query.prompt().toUpperCase(Locale.ROOT).replace(" ", "  "))
                        .outcome("small", query.outcome("small").orElseThrow())
                        .outcome("large", query.outcome("large").orElseThrow()))
                .toList());
        assertThatThrownBy(() -> replay.trainedOn(shouted, "ease", train -> BY_EASE, "small", "large"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("40 queries");
        assertThat(Replay.of(data(50, 2))
                        .resamples(100)
                        .trainedOn(half, "ease", train -> BY_EASE, "small", "large")
                        .provenance()
                        .queries())
                .isEqualTo(50);
    }

    @Test
    void resamplesSubjectsOnlyWhereThereAreSubjects() {
        RecordedOutcomes none = RecordedOutcomes.of(List.of(
                RecordedQuery.of("a", "one")
                        .outcome("small", RecordedOutcome.scored(0))
                        .outcome("large", RecordedOutcome.scored(1)),
                RecordedQuery.of("b", "two")
                        .outcome("small", RecordedOutcome.scored(1))
                        .outcome("large", RecordedOutcome.scored(1))));

        assertThatThrownBy(() -> Replay.of(none)
                        .bySubject()
                        .trainedOn(data(10, 3), "mine", outcomes -> BY_EASE, "small", "large"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("query a", "no subject");
        assertThatThrownBy(() -> Replay.of(data.where(
                                query -> query.subject().orElseThrow().equals("s1")))
                        .bySubject()
                        .curve("mine", BY_EASE, "small", "large"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("s1", "two or more");
    }

    @Test
    void leavesOutGapsAndWhatIsContaminatedAndSaysSo() {
        List<RecordedQuery> queries = new ArrayList<>(data.queries());
        queries.set(0, queries.get(0).contaminated());
        queries.add(RecordedQuery.of("gap", "a gap").outcome("small", RecordedOutcome.scored(1)));
        Replay lab = Replay.of(RecordedOutcomes.of(queries)).resamples(100);

        ReportProvenance provenance =
                lab.curve("ease", BY_EASE, "small", "large").provenance();

        assertThat(provenance.queries()).isEqualTo(399);
        assertThat(provenance.contaminated()).isEqualTo(1);
        assertThat(provenance.gaps()).isEqualTo(1);
        assertThat(lab.includingContaminated()
                        .curve("ease", BY_EASE, "small", "large")
                        .provenance()
                        .queries())
                .isEqualTo(400);
    }

    @Test
    void comparesTwoStrategiesQueryByQuery() {
        Comparison same = replay.paired(small, small);
        assertThat(same.score().value()).isZero();
        assertThat(same.p()).isEqualTo(1);

        Comparison better = replay.paired(large, small);
        assertThat(better.score().low()).isPositive();
        assertThat(better.p()).isLessThan(0.05);
        assertThat(better.costUsd().value()).isCloseTo(0.009, within(1e-12));
    }

    @Test
    void theSameSeedSaysTheSame() {
        assertThat(replay.curve("ease", BY_EASE, "small", "large").toJson())
                .isEqualTo(replay.curve("ease", BY_EASE, "small", "large").toJson());
        assertThat(replay.seed(7).curve("ease", BY_EASE, "small", "large").toJson())
                .isNotEqualTo(replay.curve("ease", BY_EASE, "small", "large").toJson());
    }

    @Test
    void failsInTheNameOfTheQueryThatHasNoAnswer() {
        ModelEndpoint routing = Routing.among(small, large)
                .by((request, candidates) -> {
                    throw new IllegalStateException("a bug");
                })
                .build();

        assertThatThrownBy(() -> replay.compare(routing, small, large))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("query q0");
    }

    @Test
    void choosesAmongSeveralAsBestValueDoes() {
        Map<String, Price> prices =
                Map.of("small", Price.perMillionTokens("1", "1"), "large", Price.perMillionTokens("100", "100"));
        RecordedOutcomes train = RecordedOutcomes.of(
                List.of(RecordedQuery.of("t", "another").outcome("small", RecordedOutcome.scored(1))));
        Replay priced = replay.priced(prices);
        double lambda = 10;

        ModelsReport report = priced.among(List.of("small", "large"), train, "ease", outcomes -> BY_EASE, lambda);

        ModelEndpoint routing = Routing.among(priced.endpoint("small"), priced.endpoint("large"))
                .by(BestValue.by(BY_EASE).payingForQuality(Usd.of("0.1")))
                .build();
        Report same = priced.compare(routing, priced.endpoint("small"), priced.endpoint("large"));
        assertThat(report.isCostKnown()).isTrue();
        assertThat(report.measured().score().value())
                .isEqualTo(same.measured().score().value());
        assertThat(report.measured().costUsd().value())
                .isCloseTo(same.measured().costUsd().value(), within(1e-12));
        assertThat(report.bestSingle().name()).isEqualTo("large");
        assertThat(report.oracle().score().value())
                .isEqualTo(same.oracle().score().value());
        assertThat(report.curve().get(0).score())
                .isGreaterThan(report.measured().score().value());
        assertThat(report.aiq()).isBetween(0.0, 1.0);
    }

    @Test
    void lambdaHasNoEffectWhereNoCostIsKnownAndTheReportSaysSo() {
        RecordedOutcomes train = RecordedOutcomes.of(
                List.of(RecordedQuery.of("t", "another").outcome("small", RecordedOutcome.scored(1))));

        ModelsReport report = replay.among(List.of("small", "large"), train, "ease", outcomes -> BY_EASE, 1000);

        assertThat(report.isCostKnown()).isFalse();
        assertThat(report.measured().score().value())
                .isEqualTo(report.curve().get(0).score());
        assertThat(report.toString()).contains("lambda had no effect");
        assertThat(report.toJson()).contains("\"lambda_applied\" : false");
    }

    @Test
    void oneBarShowsTheWholeRun() {
        List<Double> seen = new ArrayList<>();
        Replay told = Replay.of(data).resamples(100).progress(seen::add);
        Trainer slow = new Trainer() {
            @Override
            public QualityEstimator train(RecordedOutcomes outcomes) {
                throw new AssertionError("the one that tells how far it is should be asked");
            }

            @Override
            public QualityEstimator train(RecordedOutcomes outcomes, DoubleConsumer progress) {
                progress.accept(0.5);
                return BY_EASE;
            }
        };
        List<Runnable> runs = List.of(
                () -> told.crossFit(4, "mine", slow, "small", "large"),
                () -> told.trainedOn(data(50, 9), "mine", slow, "small", "large"),
                () -> told.curve("mine", BY_EASE, "small", "large"),
                () -> told.compare(small, small, large),
                () -> told.paired(small, large),
                () -> told.among(List.of("small", "large"), data(50, 9), "mine", slow, 0));
        for (Runnable run : runs) {
            seen.clear();
            run.run();
            assertThat(seen).isSorted().allSatisfy(done -> assertThat(done).isBetween(0.0, 1.0));
            assertThat(seen.get(seen.size() - 1)).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void comparesTwoScoresOnTheSameQueries() {
        QualityEstimator blind = (request, endpoint) -> Confidence.probability(0.5, "nothing");
        Report good = replay.curve("good", BY_EASE, "small", "large");
        Report bad = replay.curve("bad", blind, "small", "large");

        RouterComparison comparison = good.against(bad);

        assertThat(comparison.apgr().value())
                .isCloseTo(good.router().orElseThrow().apgr().value() - 0.5, within(1e-12));
        assertThat(comparison.apgr().low()).isPositive();
        assertThat(comparison.p()).isLessThan(0.05);
        assertThat(comparison.atHalf().score().value())
                .isCloseTo(
                        good.measured().score().value() - bad.measured().score().value(), within(1e-12));
        assertThat(good.comparing(comparison).toString()).contains("good is better than bad");
        assertThat(good.against(good).apgr().value()).isZero();
        assertThatThrownBy(() -> good.against(replay.seed(5).curve("bad", blind, "small", "large")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("differ in queries, models or resamples");
        assertThatThrownBy(() -> good.against(replay.compare(small, small, large)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is a strategy");
    }

    @Test
    void theShareOfTheGapThatAStrategyRecovers() {
        Report report = replay.compare(large, small, large);

        assertThat(report.pgr().value()).isEqualTo(1);
        assertThat(replay.compare(small, small, large).pgr().value()).isZero();
    }

    @Test
    void aCertifiedThresholdIsHeldAgainstWhatItDoesHere() {
        Report report = replay.curve("mine", BY_EASE, "small", "large").certified(0.8, 0.1, 0.05);

        ConfidenceRisk.Certified certified =
                report.confidence().flatMap(ConfidenceRisk::certified).orElseThrow();
        List<RecordedQuery> kept =
                data.queries().stream().filter(query -> ease(query) >= 0.8).toList();
        double wrong = kept.stream()
                .mapToDouble(query -> 1 - query.score("small"))
                .average()
                .orElseThrow();
        assertThat(certified.coverage()).isEqualTo(kept.size() / 400.0);
        assertThat(certified.risk()).isCloseTo(wrong, within(1e-12));
        assertThat(report.toString()).contains("certified threshold 0.8", "10.0 % was promised");
        assertThatThrownBy(() -> replay.curve("mine", BY_EASE, "small", "large").certified(0.8, 1, 0.05))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void severalModelsAreHeldAgainstARandomMixtureAtTheSameCost() {
        ModelsReport report = replay.among(List.of("small", "large"), data(50, 9), "mine", outcomes -> BY_EASE, 20);

        double share = report.shares().get(1);
        assertThat(report.shares().get(0) + share).isCloseTo(1, within(1e-9));
        assertThat(report.measured().costUsd().value()).isCloseTo(0.001 + share * 0.009, within(1e-9));
        Figures mixture = report.mixture().orElseThrow();
        assertThat(mixture.costUsd().value())
                .isCloseTo(report.measured().costUsd().value(), within(1e-9));
        double small = report.alone().get(0).score().value();
        double large = report.alone().get(1).score().value();
        assertThat(mixture.score().value()).isCloseTo(small + share * (large - small), within(1e-9));
        assertThat(report.overMixture().orElseThrow().score().low()).isPositive();
        assertThat(report.hull()).isSubsetOf(report.curve()).isNotEmpty();
        assertThat(report.reliability().stream()
                        .mapToInt(RouterFigures.Bin::queries)
                        .sum())
                .isEqualTo(400);
        assertThat(report.reliability())
                .extracting(RouterFigures.Bin::estimated)
                .as("equal estimates stay together")
                .isSorted()
                .doesNotHaveDuplicates();
    }
}
