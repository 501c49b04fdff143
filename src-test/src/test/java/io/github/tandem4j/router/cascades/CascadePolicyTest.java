package io.github.tandem4j.router.cascades;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class CascadePolicyTest {

    private static final RecordedOutcomes TRAIN = Logbook.of("train", 300, 1);
    private static final RecordedOutcomes TEST = Logbook.of("test", 1_000, 2);
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);
    private static final CascadePolicy POLICY = training(TRAIN).fit();

    @TempDir
    private Path folder;

    private static CascadeTraining training(RecordedOutcomes outcomes) {
        return CascadePolicy.training(outcomes)
                .stages(Logbook.STAGES)
                .maxLoss(0.01)
                .seed(3)
                .clock(NOON);
    }

    private static Cascade cascade(CascadePolicy policy, RecordedOutcomes outcomes) {
        List<RecordedEndpoint> stages = policy.stages().stream()
                .map(stage -> RecordedEndpoint.of(stage, outcomes))
                .toList();
        return Cascade.of(stages)
                .decidedBy(policy.readingConfidenceBy(RecordedEndpoint.recordedConfidence()))
                .build();
    }

    @Test
    void savesMuchAndLosesLittleOnQueriesThatItHasNotSeen() {
        CascadeReport report = CascadeReport.of(POLICY, TRAIN, TEST);
        assertThat(report.n()).isEqualTo(1_000);
        assertThat(report.costRatio()).isLessThan(0.7);
        assertThat(report.loss() - report.lossHalfWidth()).isLessThan(0.01);
        assertThat(report.cascade().score()).isGreaterThan(report.random().score());
        assertThat(report.oracle().score())
                .isGreaterThanOrEqualTo(report.lastStage().score());
        assertThat(report.oracle().costUsd()).isLessThan(report.cascade().costUsd());
        assertThat(report.shares().values().stream().mapToDouble(share -> share).sum())
                .isEqualTo(1, within(1e-9));
        assertThat(report.alone()).containsOnlyKeys(Logbook.STAGES);
    }

    @Test
    void neverCostsMoreThanAllStagesTogether() {
        Cascade cascade = cascade(POLICY, TEST);
        for (RecordedQuery query : TEST) {
            Reply reply = cascade.answer(query.request());
            assertThat(reply.cost().usd()).isLessThanOrEqualTo(Usd.of("0.0025"));
            assertThat(reply.cost().calls()).isBetween(1, 3);
        }
    }

    @Test
    void decidesAlikeWhetherAnybodyListensOrNotAndAsItsTrainingDid() {
        Cascade cascade = cascade(POLICY, TEST);
        Examples examples = Examples.of(TEST, POLICY.stages(), Map.of());
        PolicyFile file = PolicyFile.read(written(POLICY));
        Outcome trained = Outcome.of(file.plan(), file.evidence(), examples);
        int i = 0;
        for (RecordedQuery query : TEST) {
            RecordingSink sink = new RecordingSink();
            Reply heard = cascade.answer(query.request(), sink);
            Reply unheard = cascade.answer(query.request());
            assertThat(heard.author()).isEqualTo(unheard.author()).isEqualTo(Logbook.STAGES[trained.answered()[i]]);
            assertThat(sink.text()).isEqualTo(heard.text());
            assertThat(heard.cost().usd().nanos() / 1e9).isEqualTo(trained.costs()[i++], within(1e-12));
        }
    }

    private Path written(CascadePolicy policy) {
        Path path = folder.resolve("policy.json");
        policy.write(path);
        return path;
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        CascadePolicy read = CascadePolicy.read(written(POLICY));
        assertThat(read.explain()).isEqualTo(POLICY.explain());
        assertThat(read.fingerprint()).isEqualTo(TRAIN.fingerprint());
        assertThat(CascadeReport.of(read, TRAIN, TEST))
                .usingRecursiveComparison()
                .isEqualTo(CascadeReport.of(POLICY, TRAIN, TEST));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(folder.resolve("policy.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void oneSeedMakesOnePolicy() throws IOException {
        Path again = folder.resolve("again.json");
        training(TRAIN).fit().write(again);
        assertThat(again).hasSameTextualContentAs(written(POLICY));
    }

    @Test
    void aSurerAnswerIsNeverThoughtLessLikelyToBeRight() {
        PolicyFile file = PolicyFile.read(written(POLICY));
        file.steps().forEach((visited, step) -> {
            double[] features = new double[StageEvidence.size(Integer.bitCount(visited))];
            double before = 0;
            for (double sure = -3; sure <= 14; sure += 0.5) {
                features[0] = sure;
                double right = step.right().probability(features);
                assertThat(right).isGreaterThanOrEqualTo(before);
                before = right;
            }
        });
    }

    @Test
    void aSmallerLossIsNeverBoughtByMoreSaving() {
        double before = 0;
        for (double maxLoss : new double[] {0.001, 0.005, 0.02, 0.1}) {
            CascadePolicy policy = training(TRAIN).maxLoss(maxLoss).fit();
            assertThat(policy.price())
                    .isGreaterThanOrEqualTo(before)
                    .isLessThanOrEqualTo(FitConstants.USUAL.rate() * maxLoss);
            before = policy.price();
        }
    }

    @Test
    void explainsEachDecision() {
        Reply reply = cascade(POLICY, TEST).answer(TEST.queries().get(0).request());
        assertThat(reply.trace().toString()).contains("right with likelihood");
        assertThat(POLICY.explain()).contains("Begins with small", "Trained on 300 queries", "seed 3");
    }

    @Test
    void aGapIsLeftOutAndCounted() {
        List<RecordedQuery> rows = new ArrayList<>(TRAIN.queries());
        rows.add(RecordedQuery.of("gap", "one model only").outcome("small", RecordedOutcome.scored(1)));
        CascadePolicy policy = training(RecordedOutcomes.of(rows)).fit();
        assertThat(policy.gaps()).isEqualTo(1);
        assertThat(policy.price()).isEqualTo(POLICY.price());
    }

    @Test
    void whatItCannotBeTrainedOnIsNamed() {
        assertThatThrownBy(() -> training(Logbook.of("few", 20, 1)).fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("20 of 20 queries");
        assertThatThrownBy(() ->
                        CascadePolicy.training(TRAIN).stages("small", "giant").fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("[giant]");
        List<RecordedQuery> free = TRAIN.queries().stream()
                .map(query -> query.outcome("large", RecordedOutcome.scored(1)))
                .toList();
        assertThatThrownBy(() -> training(RecordedOutcomes.of(free)).fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("has no cost_usd of large");
        assertThatIllegalArgumentException().isThrownBy(() -> training(TRAIN).stages("small"));
        assertThatIllegalArgumentException().isThrownBy(() -> training(TRAIN).stages("small", "small"));
        for (double loss : new double[] {0, -1, 1.1, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> training(TRAIN).maxLoss(loss));
        }
    }

    @Test
    void aStageWithoutConfidenceIsJudgedByAgreementAlone() {
        List<RecordedQuery> rows = new ArrayList<>();
        for (RecordedQuery query : TRAIN) {
            RecordedOutcome small = query.outcome("small").orElseThrow();
            rows.add(query.outcome(
                    "small",
                    RecordedOutcome.scored(small.score())
                            .response(small.response().orElseThrow())
                            .tokens(20, 4)
                            .cost(Usd.of("0.0001"))));
        }
        CascadePolicy policy = training(RecordedOutcomes.of(rows)).fit();
        assertThat(CascadeReport.of(policy, RecordedOutcomes.of(rows), TEST).loss())
                .isLessThan(0.05);
    }

    @Test
    void isForItsStagesAlone() {
        ModelEndpoint small = ScriptedEndpoint.saying("small", "42");
        ModelEndpoint large = ScriptedEndpoint.saying("large", "42");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cascade.of(small, large).decidedBy(POLICY).build())
                .withMessageContaining("[small, large]")
                .withMessageContaining("[small, medium, large]");
    }

    @Test
    void anotherScaleOfConfidenceIsFoundOut() {
        Cascade cascade = Cascade.of(POLICY.stages().stream()
                        .map(stage -> RecordedEndpoint.of(stage, TEST))
                        .toList())
                .decidedBy(POLICY.readingConfidenceBy((request, reply) -> Confidence.rawScore(0.9, "a probability")))
                .build();
        assertThatThrownBy(() -> cascade.answer(TEST.queries().get(0).request()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("confidence is 0.9")
                .hasMessageContaining("LOG_PROBABILITY");
    }

    @Test
    void trainAndTestShareNoQuery() {
        assertThatThrownBy(() -> CascadeReport.of(POLICY, TRAIN, TRAIN)).hasMessageContaining("300 queries");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : 2                      | \"version\" : 3          | version is 3; valid is 2",
                "\"kind\" : \"tandem cascade policy\" | \"kind\" : \"router\"    | kind is 'router'",
                "\"start\" : 0                        | \"start\" : 7            | start is stage 7",
                "\"small\",                           | \"large\",               | stages are",
                "\"price\" :                          | \"price\" : -1, \"x\" :  | no cascade policy",
                "\"steps\" : {                        | \"steps\" : { \"9\" : null, | steps",
                "\"seed\" : 3                         | \"seed\" : null          | null",
            })
    void refusesAFileThatIsNone(String found, String replaced, String complaint) throws IOException {
        String text = Files.readString(written(POLICY));
        assertThat(text).contains(found);
        Path file = Files.writeString(folder.resolve("hostile.json"), text.replace(found, replaced));
        assertThatThrownBy(() -> CascadePolicy.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("hostile.json")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.99})
    void refusesAFileThatIsCut(double part) throws IOException {
        String text = Files.readString(written(POLICY));
        Path file = Files.writeString(folder.resolve("cut.json"), text.substring(0, (int) (part * text.length())));
        assertThatThrownBy(() -> CascadePolicy.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cut.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "So 6 * 7 = 42. #### 42                   | 42",
                "so we get \\boxed{1,234.50}              | 1234.5",
                "(B) because                              | B",
                "C: 24                                    | C",
                "D                                        | D",
                "A Christmas Carol                        | A Christmas Carol",
                "I think 3 of them                        | I think 3 of them",
            })
    void readsWhatAnAnswerComesTo(String text, String answer) {
        assertThat(FinalAnswer.of(ScriptedEndpoint.saying("x", text).answer("?")))
                .isEqualTo(answer);
    }

    @Test
    void readsTheLastNumberOfALongText() {
        String text = "word ".repeat(45) + "gives 1,200 apples and then $18.";
        assertThat(FinalAnswer.of(ScriptedEndpoint.saying("x", text).answer("?")))
                .isEqualTo("18");
        assertThat(FinalAnswer.of(
                        ScriptedEndpoint.saying("x", "9".repeat(200_000)).answer("?")))
                .hasSizeLessThanOrEqualTo(100_000);
    }

    /** The confidences of one file as log-probabilities, of the other as probabilities. */
    @Test
    void confidencesOfTwoScalesInOneStageAreRefused() {
        List<RecordedQuery> others = new ArrayList<>();
        for (RecordedQuery query : Logbook.of("other", 100, 9)) {
            RecordedOutcome small = query.outcome("small").orElseThrow();
            others.add(query.outcome(
                    "small", small.confidence(Math.exp(small.confidence().orElseThrow()))));
        }
        RecordedOutcomes other = RecordedOutcomes.of(others);
        List<RecordedQuery> both = new ArrayList<>(TRAIN.queries());
        both.addAll(others);
        assertThatThrownBy(() -> training(RecordedOutcomes.of(both)).fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("stage 1 of 3")
                .hasMessageContaining("log-probabilities and probabilities in one");
        assertThatThrownBy(() -> CascadeReport.of(POLICY, TRAIN, other))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the same measure of confidence as in the recorded outcomes");
    }

    @Test
    void aStagesConfidenceMayBeAnEstimateThatReadsItsHiddenStates() {
        Thinker small = new Thinker("small", "weights a");
        ReadingWishes wishes =
                new ReadingWishes(ReadingWish.none().last(3), ReadingWish.none().mean(2));
        List<JudgedAnswer> judged = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            judged.add(small.judged("train " + i, wishes));
        }
        AnswerQualityTraining training =
                AnswerQuality.training("small").on(judged).reading(wishes);
        double[] estimates = training.crossFit();
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < judged.size(); i++) {
            queries.add(RecordedQuery.of("q" + i, "train " + i)
                    .outcome(
                            "small",
                            RecordedOutcome.scored(judged.get(i).score())
                                    .response("so it is")
                                    .confidence(estimates[i])
                                    .cost(Usd.of("0.0001")))
                    .outcome(
                            "large",
                            RecordedOutcome.scored(1).response("says large").cost(Usd.of("0.002"))));
        }
        CascadePolicy policy = CascadePolicy.training(RecordedOutcomes.of(queries))
                .stages("small", "large")
                .maxLoss(0.05)
                .fit()
                .readingConfidenceBy("small", training.fit());
        Cascade cascade = Cascade.of(small, ScriptedEndpoint.saying("large", "says large"))
                .decidedBy(policy)
                .build();
        int right = 0;
        int kept = 0;
        for (int i = 0; i < 200; i++) {
            boolean keeps = cascade.answer("test " + i).author().equals("small");
            kept += keeps ? 1 : 0;
            right += keeps && Thinker.isRight("test " + i) ? 1 : 0;
        }
        assertThat(kept).isBetween(50, 150);
        assertThat((double) right / kept).isGreaterThan(0.9);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> policy.readingConfidenceBy("large", training.fit()))
                .withMessageContaining("valid is one of [small]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cascade.of(
                                new Thinker("small", "weights b"), ScriptedEndpoint.saying("large", "says large"))
                        .decidedBy(policy)
                        .build())
                .withMessageContaining("void");
    }

    /** A caution of none lowers the price at the first sign of a loss; a rate is where it starts. */
    @Test
    void constantsMoveThePriceAsTheySay() {
        double usual = POLICY.price();
        assertThat(training(TRAIN).constants(10, 0, 20).fit().price()).isLessThanOrEqualTo(usual);
        assertThat(training(TRAIN).constants(1, 1.5, 20).fit().price()).isLessThanOrEqualTo(0.01);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training(TRAIN).constants(0, 1.5, 20))
                .withMessageContaining("exchange rate is 0.0");
        assertThatIllegalArgumentException().isThrownBy(() -> training(TRAIN).constants(10, Double.NaN, 20));
        assertThatIllegalArgumentException().isThrownBy(() -> training(TRAIN).constants(10, 1.5, 0));
    }
}
