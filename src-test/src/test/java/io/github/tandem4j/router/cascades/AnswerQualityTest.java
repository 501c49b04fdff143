package io.github.tandem4j.router.cascades;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AnswerQualityTest {

    private static final RecordedOutcomes TRAIN = Logbook.of("train", 400, 11);
    private static final RecordedOutcomes TEST = Logbook.of("test", 1_000, 12);
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path folder;

    /** Two numbers: whether a text names a sum, and its length. */
    private static final class Toy implements EmbeddingModel {
        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
            return Response.from(texts.stream()
                    .map(text -> Embedding.from(new float[] {
                        text.text().contains("sum") ? 1 : 0, text.text().length() / 100f
                    }))
                    .toList());
        }

        @Override
        public int dimension() {
            return 2;
        }
    }

    @Test
    void itsProbabilitiesHoldOnAnswersThatItHasNotSeen() {
        AnswerQuality quality =
                AnswerQuality.training("small").on(TRAIN).seed(1).fit();
        RecordedEndpoint small = RecordedEndpoint.of("small", TEST);
        double[] sums = new double[2];
        double brier = 0;
        for (RecordedQuery query : TEST) {
            double likely = quality.measure(query.request(), small.answer(query.request()))
                    .value();
            sums[0] += likely;
            sums[1] += query.score("small");
            brier += Math.pow(likely - query.score("small"), 2) / TEST.size();
        }
        assertThat(sums[0] / TEST.size()).isCloseTo(sums[1] / TEST.size(), within(0.06));
        assertThat(brier).isLessThan(0.2).isCloseTo(quality.brier(), within(0.03));
        assertThat(quality.explain()).contains("standard deviation of confidence", "trained on 400 answers");
    }

    @Test
    void isARuleOfACascade() {
        AnswerQuality quality = AnswerQuality.training("small").on(TRAIN).fit();
        Cascade cascade = Cascade.startingWith(RecordedEndpoint.of("small", TEST))
                .keepWhen(quality.atLeast(0.85))
                .deferTo(RecordedEndpoint.of("large", TEST))
                .build();
        Reply reply = cascade.answer(TEST.queries().get(0).request());
        assertThat(reply.trace().toString()).contains("estimated likelihood of being right");
    }

    /** Right where the tokens are sure and the question is no sum. */
    private static List<JudgedAnswer> judged(int rows, long seed) {
        Random random = new Random(seed);
        List<JudgedAnswer> answers = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            boolean sum = random.nextBoolean();
            boolean right = random.nextDouble() < (sum ? 0.2 : 0.8);
            double probability = right ? 0.7 + 0.3 * random.nextDouble() : 0.4 + 0.5 * random.nextDouble();
            Request request = Request.of((sum ? "sum " : "word ") + i);
            Reply reply = ScriptedEndpoint.named("small")
                    .says(ScriptedAnswer.of("the answer " + i).withTokenProbabilities(probability, 0.99, probability))
                    .build()
                    .answer(request);
            answers.add(new JudgedAnswer(request, reply, right ? 1 : 0));
        }
        return answers;
    }

    @Test
    void readsTheTokensAndTheEmbeddingsOfQuestionAndAnswer() {
        List<JudgedAnswer> answers = judged(300, 5);
        AnswerQuality alone = AnswerQuality.training("small").on(answers).fit();
        AnswerQuality joined = AnswerQuality.training("small")
                .on(answers)
                .embeddings(new Toy())
                .fit();
        assertThat(joined.brier()).isLessThan(alone.brier());
        assertThat(alone.explain()).contains("least log-probability");
        assertThat(joined.explain()).contains("embedding");
        JudgedAnswer some = judged(1, 9).get(0);
        assertThat(joined.measure(some.request(), some.reply()).value()).isBetween(0.0, 1.0);
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws Exception {
        Path file = folder.resolve("quality.json");
        AnswerQuality joined = AnswerQuality.training("small")
                .on(judged(100, 5))
                .embeddings(new Toy())
                .clock(NOON)
                .fit();
        joined.write(file);
        JudgedAnswer some = judged(1, 9).get(0);
        assertThat(AnswerQuality.read(file, new Toy()).measure(some.request(), some.reply()))
                .isEqualTo(joined.measure(some.request(), some.reply()));
        assertThatThrownBy(() -> AnswerQuality.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("embeddings of 2 dimensions");
        Files.writeString(file, Files.readString(file).replace("\"version\" : 2", "\"version\" : 3"));
        assertThatThrownBy(() -> AnswerQuality.read(file, new Toy()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("version is 3; valid is 2");
        Files.writeString(file, "null");
        assertThatThrownBy(() -> AnswerQuality.read(file, new Toy())).hasMessageContaining("says null");
    }

    @Test
    void aHandfulOfAnswersIsRefused() {
        assertThatThrownBy(
                        () -> AnswerQuality.training("small").on(judged(29, 1)).fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("29 judged answers");
    }

    @Test
    void answersToOnePromptAloneAreRefused() {
        JudgedAnswer one = judged(1, 5).get(0);
        assertThatThrownBy(() -> AnswerQuality.training("small")
                        .on(Collections.nCopies(40, one))
                        .fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none can be held out");
    }

    /** What stands behind the first 8,000 characters counts too. */
    @Test
    void aLongAnswerIsEmbeddedWhole() {
        JudgedAnswer some = judged(1, 9).get(0);
        Reply plain = ScriptedEndpoint.saying("small", "word ".repeat(2_000)).answer(some.request());
        Reply late =
                ScriptedEndpoint.saying("small", "word ".repeat(1_999) + "sum").answer(some.request());
        Joined joined = new Joined(new Toy(), 2);
        assertThat(joined.of(some.request(), plain)[2]).isZero();
        assertThat(joined.of(some.request(), late)[2]).isCloseTo(0.2, within(0.01));
    }
}
