package io.github.tandem4j.router.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.Request;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Probe;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.routing.Choice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnedRouterTest {

    private static final Features EMBEDDING = Planted.embedding("planted", 16);
    private static final RecordedOutcomes OUTCOMES = Planted.outcomes(400, 1);

    @TempDir
    private Path directory;

    /** Trained once: it is immutable. */
    private static final LearnedRouter TRAINED = trained();

    private static LearnedRouter trained() {
        return LearnedRouter.training(OUTCOMES)
                .between(Planted.WEAK, Planted.STRONG)
                .scoring(
                        Heads.ridge().over(Views.joined(EMBEDDING, Views.text())),
                        Heads.trees().over(Views.text()),
                        Heads.nearest().over(EMBEDDING),
                        Heads.sparseRidge().over(Views.words()))
                .seed(7)
                .fit()
                .router();
    }

    private static ModelEndpoint endpoint(String id) {
        return ModelEndpoint.of(id, ModelProfile.remote().build(), (chat, context, tokens) -> {
            throw new IllegalStateException("not asked");
        });
    }

    @Test
    void aShareIsNotExceededWhereAllAreExpectedToGainTheSame() {
        RecordedOutcomes noise = Planted.noise(200, 3);
        Features nothing = Views.labels("nothing", List.of("any"), text -> Map.of("any", 1.0));
        TrainedQuality quality = LearnedRouter.training(noise)
                .between(Planted.WEAK, Planted.STRONG)
                .scoring(Heads.ridge().over(nothing))
                .fit();
        for (double share : new double[] {0.1, 0.5, 0.9}) {
            LearnedRouter router = quality.router().callingStrongFor(share);
            assertThat(Planted.requests(noise).stream().map(router::model)).containsOnly(Planted.WEAK);
        }
        assertThat(quality.router().callingStrongFor(1).model(Request.of("x"))).isEqualTo(Planted.STRONG);
    }

    @Test
    void choosesTheStrongModelWhereItGainsMostAndSaysWhy() {
        LearnedRouter router = TRAINED.callingStrongFor(0.5);
        List<ModelEndpoint> candidates = List.of(endpoint(Planted.WEAK), endpoint(Planted.STRONG));

        Choice hard = router.choose(
                Request.of("Compute the integral of 4711 x over the river and prove it for 17."), candidates);
        Choice easy = router.choose(Request.of("What is a river and who likes the apple number 3?"), candidates);

        assertThat(hard.endpoint().orElseThrow().id()).isEqualTo(Planted.STRONG);
        assertThat(hard.why()).contains("expected gain", "at least", "percentile");
        assertThat(easy.endpoint().orElseThrow().id()).isEqualTo(Planted.WEAK);
    }

    @Test
    void callsTheStrongModelForTheShareThatWasAskedFor() {
        TrainedQuality quality = TRAINED.quality();
        RecordedOutcomes test = Planted.outcomes(400, 5);
        for (double share : new double[] {0, 0.25, 0.5, 0.75, 1}) {
            LearnedRouter router = quality.router().callingStrongFor(share);
            long strong = Planted.requests(test).stream()
                    .filter(request -> router.model(request).equals(Planted.STRONG))
                    .count();
            assertThat(strong / 400.0).as("share %s", share).isBetween(share - 0.12, share + 0.12);
        }
    }

    @Test
    void loadsToTheSameBit() {
        LearnedRouter router = TRAINED.callingStrongFor(0.3);
        Path file = directory.resolve("router.json");
        router.save(file);
        LearnedRouter loaded = LearnedRouter.load(file, EMBEDDING);
        List<Request> requests = Planted.requests(Planted.outcomes(100, 9));

        assertThat(loaded.quality().qualities(requests, done -> {}))
                .isDeepEqualTo(router.quality().qualities(requests, done -> {}));
        assertThat(loaded.quality().provenance()).isEqualTo(router.quality().provenance());
        assertThat(loaded.explain(requests.get(0))).isEqualTo(router.explain(requests.get(0)));
        assertThat(LearnedRouter.viewsOf(file)).containsExactly("planted");
    }

    @Test
    void refusesAnotherEncoderDimensionOrVersion() throws IOException {
        Path file = directory.resolve("router.json");
        TRAINED.save(file);

        assertThatThrownBy(() -> LearnedRouter.load(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("planted");
        assertThatThrownBy(() -> LearnedRouter.load(file, Planted.embedding("planted", 15)))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("features");
        Files.writeString(file, Files.readString(file).replace("\"version\":1", "\"version\":2"));
        assertThatThrownBy(() -> LearnedRouter.load(file, EMBEDDING))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void refusesAFileThatIsCutAnywhereOrHasWeightsThatAreNoNumbers() throws IOException {
        Path file = directory.resolve("router.json");
        TRAINED.save(file);
        String whole = Files.readString(file);
        Path cut = directory.resolve("cut.json");
        for (int part = 0; part < 20; part++) {
            Files.writeString(cut, whole.substring(0, whole.length() * part / 20));
            assertThatThrownBy(() -> LearnedRouter.load(cut, EMBEDDING)).isInstanceOf(ModelFileException.class);
        }
        Files.writeString(
                cut,
                whole.replaceFirst("\"intercepts\":\\{\"f64\":\"[^\"]{11}", "\"intercepts\":{\"f64\":\"AAAAAAAA+H8"));
        assertThatThrownBy(() -> LearnedRouter.load(cut, EMBEDDING))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("NaN");
        Files.writeString(cut, whole.replaceFirst("\"left\":\\{\"i32\":\"[^\"]{5}", "\"left\":{\"i32\":\"AAAAA"));
        assertThatThrownBy(() -> LearnedRouter.load(cut, EMBEDDING)).isInstanceOf(ModelFileException.class);
    }

    @Test
    void shrinksToTheMeanWhereAPromptIsUnlikeItsTrainingDataAndSaysSo() {
        TrainedQuality quality = LearnedRouter.training(OUTCOMES)
                .between(Planted.WEAK, Planted.STRONG)
                .scoring(Heads.ridge().over(EMBEDDING))
                .fit();
        Estimate strange = quality.estimate(Request.of("Lorem ipsum dolor sit amet integral"));
        Estimate usual = quality.estimate(Planted.requests(OUTCOMES).get(0));

        assertThat(usual.familiarity()).isGreaterThan(0.5);
        assertThat(strange.familiarity()).isZero();
        double mean = OUTCOMES.queries().stream()
                .mapToDouble(query -> query.score(Planted.WEAK))
                .average()
                .orElseThrow();
        assertThat(strange.quality(Planted.WEAK)).isEqualTo(mean);
        assertThat(quality.router().explain(Request.of("Lorem ipsum dolor sit amet integral")))
                .contains("unlike its training data");
    }

    @Test
    void aReadingDoesNotCountOnAnotherKindOfTask() {
        PromptReader reader = (prompts, sink) -> {
            for (int i = 0; i < prompts.size(); i++) {
                double entropy = prompts.get(i).contains("integral") ? 4 : 1;
                sink.accept(
                        i,
                        PromptReading.of(
                                "reader",
                                HiddenStates.of(Map.of("mean.2", new float[] {(float) entropy, 1})),
                                new NextToken(entropy, 1 / entropy, 0.1),
                                Map.of(" A", -entropy),
                                8,
                                false));
            }
        };
        Probe probe = Probe.of("small", reader);
        TrainedQuality quality = LearnedRouter.training(OUTCOMES)
                .between(Planted.WEAK, Planted.STRONG)
                .scoring(
                        Heads.ridge().over(probe.state("mean.2")), Heads.ridge().over(probe.expectation()))
                .fit();
        assertThat(Planted.apgr(quality, Planted.outcomes(200, 4))).isGreaterThan(0.68);

        Request other = Request.of("integral?\n".repeat(40) + "{ [ $ % # ] }");
        assertThat(quality.estimate(other).familiarity()).isZero();
        assertThat(quality.gains(List.of(other), done -> {})[0])
                .isEqualTo(quality.gains(List.of(Request.of("{};\n".repeat(99))), done -> {})[0]);
    }

    @Test
    void aModelJoinsWithoutChangingWhatIsEstimatedOfTheOthers() {
        TrainedQuality two = LearnedRouter.training(OUTCOMES)
                .scoring(Heads.ridge().over(EMBEDDING))
                .fit();
        List<RecordedQuery> more = new ArrayList<>();
        Planted.outcomes(100, 11)
                .forEach(query -> more.add(RecordedQuery.of(query.id(), query.prompt())
                        .outcome("third", RecordedOutcome.scored(query.prompt().contains("integral") ? 1 : 0))));
        TrainedQuality three = two.with("third", RecordedOutcomes.of(more));
        List<Request> requests = Planted.requests(Planted.outcomes(50, 12));

        double[][] before = two.qualities(requests, done -> {});
        double[][] after = three.qualities(requests, done -> {});
        assertThat(after[0]).containsExactly(before[0]);
        assertThat(after[1]).containsExactly(before[1]);
        assertThat(three.models()).containsExactly(Planted.WEAK, Planted.STRONG, "third");
        assertThat(three.estimate(Request.of("Compute the integral of 1234 x over the apple and prove it for 3."))
                        .quality("third"))
                .isGreaterThan(0.7);
        assertThat(three.provenance().queries()).isEqualTo(500);
        assertThat(three.provenance().fingerprint())
                .hasSize(64)
                .isNotEqualTo(two.provenance().fingerprint());
        assertThat(three.provenance().metrics())
                .containsAllEntriesOf(two.provenance().metrics())
                .containsKey("r2:third");
    }

    @Test
    void spendsNoMoreThanTheBudgetOnWhatItLearnedFrom() {
        List<RecordedQuery> priced = new ArrayList<>();
        OUTCOMES.forEach(query -> priced.add(query.outcome(
                        Planted.WEAK,
                        RecordedOutcome.scored(query.score(Planted.WEAK)).cost(Usd.of("0.001")))
                .outcome(
                        Planted.STRONG,
                        RecordedOutcome.scored(query.score(Planted.STRONG)).cost(Usd.of("0.01")))));
        LearnedRouter router = LearnedRouter.training(RecordedOutcomes.of(priced))
                .scoring(Heads.ridge().over(EMBEDDING))
                .fit()
                .router()
                .spendingPerAnswer(Usd.of("0.004"));
        double strong = Planted.requests(Planted.outcomes(400, 5)).stream()
                        .filter(request -> router.model(request).equals(Planted.STRONG))
                        .count()
                / 400.0;
        assertThat(0.001 + strong * 0.009).isBetween(0.002, 0.0055);
    }

    @Test
    void refusesModelsThatTheOutcomesDoNotHaveOrHardlyHave() {
        assertThatThrownBy(() -> LearnedRouter.training(OUTCOMES)
                        .between("weak", "nobody")
                        .fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> LearnedRouter.training(Planted.outcomes(29, 1)).fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("30");
    }

    @Test
    void picksTheAlternativeThatValidatesBest() {
        Features blind = Planted.blind("blind", 4);
        Recipe recipe = new Recipe(
                "two ways",
                List.of(
                        List.of(Heads.ridge().over(blind)),
                        List.of(Heads.ridge().over(EMBEDDING))));
        TrainedQuality quality = LearnedRouter.training(OUTCOMES)
                .between(Planted.WEAK, Planted.STRONG)
                .by(recipe)
                .fit();

        assertThat(quality.estimate(Request.of("What is a river?")).familiarities())
                .containsOnlyKeys("planted");
    }

    @Test
    void headsOfOneNameAreTwoAlternatives() {
        Head dull = new Head() {
            @Override
            public String name() {
                return "ridge";
            }

            @Override
            public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
                return Heads.ridge().fit(rows, new double[targets.length][rows.size()], seed);
            }

            @Override
            public FittedHead read(Weights weights) {
                return Heads.ridge().read(weights);
            }
        };
        Recipe recipe = new Recipe(
                "two ways",
                List.of(List.of(dull.over(EMBEDDING)), List.of(Heads.ridge().over(EMBEDDING))));
        TrainedQuality quality = LearnedRouter.training(OUTCOMES)
                .between(Planted.WEAK, Planted.STRONG)
                .by(recipe)
                .fit();

        assertThat(Planted.apgr(quality, Planted.outcomes(200, 4))).isGreaterThan(0.63);
    }

    @Test
    void ofAReadingSomeStatesCanBeKept() {
        PromptReader reader = (prompts, sink) -> {
            for (int i = 0; i < prompts.size(); i++) {
                sink.accept(
                        i,
                        PromptReading.of(
                                "reader",
                                HiddenStates.of(Map.of(
                                        "last.2", new float[] {1, 2, 3},
                                        "mean.2", new float[] {1, 1})),
                                new NextToken(1, 0.5, 0.1),
                                Map.of(" A", -1.0),
                                8,
                                false));
            }
        };

        assertThat(Probe.of("small", reader, List.of("mean.2")).states()).containsExactly("mean.2");
        assertThat(Probe.of("small", reader, List.of("mean.2")).state("mean.2").dimension())
                .isEqualTo(2);
        assertThatThrownBy(() -> Probe.of("small", reader, List.of("mean.3")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mean.3");
    }
}
