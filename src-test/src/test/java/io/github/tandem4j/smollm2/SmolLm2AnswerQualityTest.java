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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cascade whose rule was trained on SmolLM2's own hidden states over a few dozen questions: for capitals, most of which it
 * knows, and for sums of large numbers, of which it knows none. */
@Timeout(300)
class SmolLm2AnswerQualityTest {

    private static final ReadingWishes WISHES = new ReadingWishes(
            ReadingWish.none().last(21).mean(21), ReadingWish.none().last(21));

    /** Of each kind; thirty answers are the fewest that are trained on. */
    private static final int QUESTIONS = Boolean.getBoolean("tandem.thorough") ? 18 : 15;

    private static final List<String> CAPITALS = List.of(
            "France Paris",
            "Germany Berlin",
            "Spain Madrid",
            "Portugal Lisbon",
            "Austria Vienna",
            "Hungary Budapest",
            "Poland Warsaw",
            "Greece Athens",
            "Norway Oslo",
            "Sweden Stockholm",
            "Egypt Cairo",
            "Kenya Nairobi",
            "China Beijing",
            "India Delhi",
            "Canada Ottawa",
            "Mexico Mexico",
            "Peru Lima",
            "Cuba Havana");

    private static final OnnxEndpoint small = SharedSmolLm2.endpoint();

    private static List<JudgedAnswer> judged;
    private static AnswerQuality quality;

    @TempDir
    private Path folder;

    private final ScriptedEndpoint large = ScriptedEndpoint.saying("large", "by hand");

    private static Request capital(String country) {
        return ask("What is the capital of " + country + "?");
    }

    private static Request sum(int a, int b) {
        return ask("What is " + a + " plus " + b + "? Answer with the number alone.");
    }

    private static Request ask(String question) {
        return Request.of(ChatRequest.builder()
                .messages(UserMessage.from(question))
                .maxOutputTokens(16)
                .build());
    }

    private static JudgedAnswer judged(Request request, String truth) {
        return JudgedAnswer.asking(
                small, request, WISHES, reply -> reply.text().replace(",", "").contains(truth) ? 1 : 0);
    }

    @BeforeAll
    static void train() {
        judged = new ArrayList<>();
        for (int i = 0; i < QUESTIONS; i++) {
            String[] known = CAPITALS.get(i).split(" ");
            judged.add(judged(capital(known[0]), known[1]));
            int a = 317 + 41 * i;
            int b = 286 + 37 * i;
            judged.add(judged(sum(a, b), "" + (a + b)));
        }
        quality = AnswerQuality.training("smollm2").on(judged).reading(WISHES).fit();
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
    void aCascadeKeepsNewAnswersThatItsModelKnowsAndDefersTheOthers() {
        Cascade cascade = Cascade.startingWith(small)
                .keepWhen(quality.atLeast(0.5))
                .deferTo(large)
                .build();
        int kept = 0;
        List<String> countries = List.of("Italy", "Japan", "Russia", "Ireland", "Finland", "Thailand");
        for (int i = 0; i < countries.size(); i++) {
            kept += cascade.answer(capital(countries.get(i))).author().equals(small.id()) ? 1 : 0;
            Reply hard = cascade.answer(sum(417 + 13 * i, 388 + 29 * i));
            assertThat(hard.author()).isEqualTo("large");
        }
        assertThat(kept).isGreaterThanOrEqualTo(4);
    }

    @Test
    void whatWasWrittenJudgesAlikeAndAnotherTemplatesStatesAreRefused() throws Exception {
        Path file = folder.resolve("quality.json");
        quality.write(file);
        AnswerQuality read = AnswerQuality.read(file);
        JudgedAnswer some = judged.get(3);
        assertThat(read.measure(some.request(), some.reply())).isEqualTo(quality.measure(some.request(), some.reply()));
        Files.writeString(file, Files.readString(file).replace(small.reader(), "0".repeat(64)));
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
