package io.github.tandem4j.router.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamedTrainingTest {

    /** More than are read at a time. */
    private static final int ROWS = 2500;

    private static final Features EMBEDDING = Planted.embedding("planted", 16);
    private static final RecordedOutcomes OUTCOMES = Planted.outcomes(ROWS, 1);

    @TempDir
    private Path directory;

    private Path file() {
        Path file = directory.resolve("outcomes.jsonl.gz");
        OUTCOMES.write(file);
        return file;
    }

    private static StreamedTraining pair(StreamedTraining training) {
        return training.between(Planted.WEAK, Planted.STRONG);
    }

    @Test
    void learnsTheSameLineAsInMemory() {
        Features joined = Views.joined(EMBEDDING, Views.text());
        TrainedQuality whole = LearnedRouter.training(OUTCOMES)
                .between(Planted.WEAK, Planted.STRONG)
                .scoring(Heads.ridge().over(joined))
                .fit();
        TrainedQuality streamed = pair(LearnedRouter.trainingFrom(file()))
                .scoring(Heads.ridge().over(joined))
                .fit();
        List<Request> requests = Planted.requests(Planted.outcomes(200, 2));
        double[] expected = whole.gains(requests, done -> {});
        double[] found = streamed.gains(requests, done -> {});
        for (int i = 0; i < expected.length; i++) {
            // parts are drawn otherwise, so the scale by which opinions are mixed differs a little
            assertThat(found[i]).isCloseTo(expected[i], within(0.02));
        }
        assertThat(streamed.provenance().fingerprint()).isEqualTo(OUTCOMES.fingerprint());
        assertThat(streamed.provenance().queries()).isEqualTo(ROWS);
    }

    @Test
    void ridgeLearnsFromEveryRowAndWhatNeedsASampleSaysSo() {
        TrainedQuality streamed = pair(LearnedRouter.trainingFrom(file()))
                .scoring(Heads.ridge().over(EMBEDDING), Heads.trees().over(Views.text()))
                .sampling(400)
                .fit();
        assertThat(streamed.provenance().metrics())
                .containsEntry("queries:ridge over planted", (double) ROWS)
                .containsEntry("queries:trees over text.1", 400.0);

        TrainedQuality sampled = pair(LearnedRouter.trainingFrom(file()))
                .scoring(Heads.ridge().over(Planted.embedding("wide", 2000)))
                .sampling(400)
                .fit();
        assertThat(sampled.provenance().metrics()).containsEntry("queries:ridge over wide", 400.0);
        assertThat(Planted.apgr(streamed, Planted.outcomes(400, 5))).isGreaterThan(0.63);
    }

    @Test
    void isTheSameForTheSameSeedAndSavedLikeAnyOther() {
        StreamedTraining training = pair(LearnedRouter.trainingFrom(file()))
                .scoring(Heads.ridge().over(EMBEDDING), Heads.nearest().over(EMBEDDING))
                .sampling(300)
                .seed(11);
        TrainedQuality once = training.fit();
        List<Request> requests = Planted.requests(Planted.outcomes(50, 2));
        Path saved = directory.resolve("router.json");
        once.router().save(saved);

        assertThat(training.fit().gains(requests, done -> {})).containsExactly(once.gains(requests, done -> {}));
        LearnedRouter loaded = LearnedRouter.load(saved, EMBEDDING);
        assertThat(loaded.quality().gains(requests, done -> {})).containsExactly(once.gains(requests, done -> {}));
        assertThat(loaded.quality().provenance()).isEqualTo(once.provenance());
    }

    @Test
    void learnsNothingOfAGapAndFindsTheModelsByItself() {
        List<RecordedQuery> gaps = new ArrayList<>();
        int row = 0;
        for (RecordedQuery query : OUTCOMES) {
            RecordedQuery some = RecordedQuery.of(query.id(), query.prompt());
            if (row % 3 != 0) {
                some = some.outcome(Planted.WEAK, RecordedOutcome.scored(query.score(Planted.WEAK)));
            }
            if (row % 4 != 1) {
                some = some.outcome(Planted.STRONG, RecordedOutcome.scored(1));
            }
            gaps.add(some);
            row++;
        }
        TrainedQuality streamed = StreamedTraining.of(gaps::stream)
                .scoring(Heads.ridge().over(EMBEDDING))
                .fit();
        TrainedQuality whole = LearnedRouter.training(RecordedOutcomes.of(gaps))
                .scoring(Heads.ridge().over(EMBEDDING))
                .fit();
        List<Request> requests = Planted.requests(Planted.outcomes(100, 3));
        double[][] expected = whole.qualities(requests, done -> {});
        double[][] found = streamed.qualities(requests, done -> {});

        assertThat(streamed.models()).containsExactlyElementsOf(whole.models());
        int weak = streamed.models().indexOf(Planted.WEAK);
        int strong = streamed.models().indexOf(Planted.STRONG);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(found[strong][i]).isEqualTo(1);
            assertThat(found[weak][i]).isCloseTo(expected[weak][i], within(0.02));
        }
    }

    @Test
    void aModelThatJoinsLearnsFromItsOwnOutcomes() {
        TrainedQuality two = pair(LearnedRouter.trainingFrom(file()))
                .scoring(Heads.ridge().over(EMBEDDING))
                .fit();
        List<RecordedQuery> more = new ArrayList<>();
        Planted.outcomes(200, 11)
                .forEach(query -> more.add(RecordedQuery.of(query.id(), query.prompt())
                        .outcome("third", RecordedOutcome.scored(query.prompt().contains("integral") ? 1 : 0))));
        TrainedQuality three = two.with("third", RecordedOutcomes.of(more));

        assertThat(three.estimate(Request.of("Compute the integral of 1234 x over the apple and prove it for 3."))
                        .quality("third"))
                .isGreaterThan(0.7);
    }

    @Test
    void leavesOutWhatDoesNotPassAndRefusesWhatIsTooLittle() {
        TrainedQuality some = pair(StreamedTraining.of(OUTCOMES.queries()::stream))
                .where(query -> query.id().endsWith("7"))
                .scoring(Heads.ridge().over(Views.length()))
                .fit();
        assertThat(some.provenance().queries()).isEqualTo(ROWS / 10);

        assertThatThrownBy(() -> pair(StreamedTraining.of(OUTCOMES.queries()::stream))
                        .where(query -> false)
                        .fit())
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> StreamedTraining.of(OUTCOMES.queries()::stream)
                        .among(List.of("nobody"))
                        .fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> LearnedRouter.trainingFrom()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rowsAreTakenOneByOneAndNotGatheredFirst() {
        AtomicInteger ahead = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Stream<Stream<RecordedQuery>> files = Stream.of(
                        OUTCOMES.queries(), Planted.outcomes(ROWS, 2).queries())
                .map(rows -> rows.stream().peek(row -> most.accumulateAndGet(ahead.incrementAndGet(), Math::max)));
        pair(StreamedTraining.of(() -> files.flatMap(rows -> rows)))
                .where(query -> {
                    ahead.decrementAndGet();
                    return true;
                })
                .scoring(Heads.ridge().over(Views.length()))
                .fit();

        assertThat(most.get()).as("rows read and not yet looked at").isEqualTo(1);
    }

    @Test
    void aSampleIsUniformAndBoundedInCharacters() {
        QuerySample sample = new QuerySample(List.of("m"), 100, 7);
        for (int i = 0; i < 10_000; i++) {
            sample.offer(RecordedQuery.of("q" + i, "number " + i), i % 5);
        }
        double mean = sample.queries().stream()
                .mapToInt(query -> Integer.parseInt(query.prompt().substring(7)))
                .average()
                .orElseThrow();
        assertThat(sample.queries()).hasSize(100);
        assertThat(mean).isBetween(4000.0, 6000.0); // 3.5 standard errors of 289
        assertThat(sample.seen()).isEqualTo(10_000);

        QuerySample large = new QuerySample(List.of("m"), 100, 7);
        for (int i = 0; i < 80; i++) {
            large.offer(RecordedQuery.of("q" + i, "x".repeat(1 << 20)), 0);
        }
        assertThat(large.queries()).hasSize(64);
        assertThat(large.parts()).hasSize(64);
    }
}
