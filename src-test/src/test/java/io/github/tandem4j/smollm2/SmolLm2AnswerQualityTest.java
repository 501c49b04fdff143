package io.github.tandem4j.smollm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.router.cascades.AnswerQuality;
import io.github.tandem4j.router.cascades.JudgedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cascade whose rule was trained on SmolLM2's own hidden states over a few dozen sums, small ones and large ones. */
@Timeout(300)
class SmolLm2AnswerQualityTest {

    private static final ReadingWishes WISHES =
            new ReadingWishes(ReadingWish.none().last(21).mean(21), ReadingWish.none().last(21));

    private static OnnxEndpoint small;
    private static List<JudgedAnswer> judged;
    private static AnswerQuality quality;

    @TempDir
    private Path folder;

    private final ScriptedEndpoint large = ScriptedEndpoint.saying("large", "by hand");

    private static Request sum(int a, int b) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from("What is " + a + " plus " + b + "? Answer with the number alone."))
                .maxOutputTokens(12)
                .build());
    }

    private static double grade(Reply reply, int truth) {
        return reply.text().replace(",", "").matches("(?s).*\\b" + truth + "\\b\\D*") ? 1 : 0;
    }

    @BeforeAll
    static void train() {
        small = SmolLm2.open();
        judged = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int a = i % 2 == 0 ? 2 + i / 5 : 317 + 41 * i;
            int b = i % 2 == 0 ? 3 + i % 7 : 286 + 37 * i;
            judged.add(JudgedAnswer.asking(small, sum(a, b), WISHES, reply -> grade(reply, a + b)));
        }
        quality = AnswerQuality.training("smollm2").on(judged).reading(WISHES).fit();
    }

    @AfterAll
    static void close() {
        small.close();
    }

    @Test
    void someAnswersAreRightAndSomeWrongAndAllCarryTheStates() {
        assertThat(judged).extracting(JudgedAnswer::score).contains(0.0, 1.0);
        assertThat(judged).allSatisfy(answer -> {
            assertThat(answer.reply()
                            .evidence()
                            .get(EvidenceKey.ANSWER_READING)
                            .orElseThrow()
                            .names())
                    .containsExactly("last.21", "mean.21");
            assertThat(answer.reply().evidence().get(EvidenceKey.READER)).contains(small.reader());
            assertThat(answer.reply().evidence().get(EvidenceKey.CACHED_INPUT_TOKENS))
                    .as("the reading of the prompt was the answer's prefill")
                    .isPresent();
        });
    }

    @Test
    void aCascadeTellsNewSmallSumsFromNewLargeOnes() {
        Cascade cascade = Cascade.startingWith(small)
                .keepWhen(quality.atLeast(0.5))
                .deferTo(large)
                .build();
        int kept = 0;
        for (int i = 0; i < 5; i++) {
            Reply easy = cascade.answer(sum(2, 2 + i));
            Reply hard = cascade.answer(sum(4_417 + 13 * i, 3_388 + 29 * i));
            kept += easy.author().equals(small.id()) ? 1 : 0;
            assertThat(hard.author()).isEqualTo("large");
            assertThat(hard.trace().toString()).contains("estimated likelihood of being right");
        }
        assertThat(kept).isGreaterThanOrEqualTo(4);
    }

    @Test
    void whatWasWrittenJudgesAlikeAndAnotherTemplatesStatesAreRefused() throws Exception {
        Path file = folder.resolve("quality.json");
        quality.write(file);
        AnswerQuality read = AnswerQuality.read(file);
        JudgedAnswer some = judged.get(3);
        assertThat(read.measure(some.request(), some.reply()))
                .isEqualTo(quality.measure(some.request(), some.reply()));
        Files.writeString(
                file, Files.readString(file).replace(small.reader(), "0".repeat(64)));
        AnswerQuality foreign = AnswerQuality.read(file);
        assertThat(foreign.measure(some.request(), some.reply()).toString()).contains("void");
        assertThatThrownBy(() -> Cascade.startingWith(small)
                        .keepWhen(foreign.atLeast(0.5))
                        .deferTo(large)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("void");
    }

    @Test
    void aLayerThatTheModelDoesNotHaveIsRefusedByName() {
        assertThatThrownBy(() -> JudgedAnswer.asking(
                        small,
                        sum(1, 2),
                        new ReadingWishes(ReadingWish.none().last(99), ReadingWish.none()),
                        reply -> 1))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("last.99");
    }
}
