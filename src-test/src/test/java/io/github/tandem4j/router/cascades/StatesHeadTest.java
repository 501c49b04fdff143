package io.github.tandem4j.router.cascades;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a model's hidden states add to the evidence of an answer, and when they are not believed. */
@Timeout(120)
class StatesHeadTest {

    private static final ReadingWishes WISHES =
            new ReadingWishes(ReadingWish.none().last(3), ReadingWish.none().mean(2));

    private final Thinker small = new Thinker("small", "weights a, template a");
    private final ScriptedEndpoint large = ScriptedEndpoint.saying("large", "says large");

    @TempDir
    private Path folder;

    private static List<JudgedAnswer> judged(Thinker thinker, ReadingWishes wishes, int rows, String kind) {
        List<JudgedAnswer> answers = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            answers.add(thinker.judged(kind + " question " + i, wishes));
        }
        return answers;
    }

    private AnswerQuality reading(ReadingWishes wishes) {
        return AnswerQuality.training("small")
                .on(judged(small, wishes, 200, "train"))
                .reading(wishes)
                .fit();
    }

    @Test
    void statesOfAnswerAndPromptTellWhatTextsDoNot() {
        double without = AnswerQuality.training("small")
                .on(judged(small, WISHES, 200, "train"))
                .fit()
                .brier();
        double ofAnswer =
                reading(new ReadingWishes(WISHES.answer(), ReadingWish.none())).brier();
        double ofPrompt =
                reading(new ReadingWishes(ReadingWish.none(), WISHES.prompt())).brier();
        double both = reading(WISHES).brier();
        assertThat(without).isGreaterThan(0.24);
        assertThat(ofAnswer).isLessThan(0.15);
        assertThat(ofPrompt).isLessThan(0.15);
        assertThat(both).isLessThan(ofAnswer);
        assertThat(reading(WISHES).explain()).contains("of hidden states");
    }

    @Test
    void aCascadeHasThemReadWithTheAnswerAndKeepsWhatIsRight() {
        AnswerQuality quality = AnswerQuality.training("small")
                .on(judged(small, new ReadingWishes(ReadingWish.none().last(3), ReadingWish.none()), 200, "train"))
                .reading(3)
                .fit();
        Cascade cascade = Cascade.startingWith(small)
                .keepWhen(quality.atLeast(0.5))
                .deferTo(large)
                .build();
        int agrees = 0;
        for (int i = 0; i < 100; i++) {
            Reply reply = cascade.answer("test question " + i);
            boolean kept = reply.author().equals("small");
            agrees += kept == Thinker.isRight("test question " + i) ? 1 : 0;
            if (kept) {
                assertThat(reply.confidence().kind()).isEqualTo(Confidence.Kind.PROBABILITY);
            }
        }
        assertThat(agrees).isGreaterThan(85);
    }

    @Test
    void statesOfAnotherModelVoidTheEstimate() {
        AnswerQuality quality = reading(WISHES);
        Thinker other = new Thinker("small", "weights b, template a");
        JudgedAnswer foreign = other.judged("what now", WISHES);
        Confidence confidence = quality.measure(foreign.request(), foreign.reply());
        assertThat(confidence.isKnown()).isFalse();
        assertThat(confidence.toString()).contains("void", "weights a, t", "weights b, t");
        assertThat(quality.atLeast(0.01)
                        .judge(foreign.request(), foreign.reply())
                        .keeps())
                .isFalse();
        assertThatThrownBy(() -> Cascade.startingWith(other)
                        .keepWhen(quality.atLeast(0.5)
                                .and((request, reply) -> quality.atLeast(0.1).judge(request, reply)))
                        .deferTo(large)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("void")
                .hasMessageContaining("weights b, t");
    }

    @Test
    void statesThatNobodyNamesAreNotBelieved() {
        AnswerQuality quality = reading(new ReadingWishes(WISHES.answer(), ReadingWish.none()));
        JudgedAnswer answer = small.judged("what now", WISHES);
        Reply nameless = new Reply(
                answer.reply().response(),
                "small",
                answer.reply().confidence(),
                Evidence.of(
                        EvidenceKey.ANSWER_READING,
                        answer.reply()
                                .evidence()
                                .get(EvidenceKey.ANSWER_READING)
                                .orElseThrow()),
                answer.reply().cost(),
                answer.reply().trace());
        assertThat(quality.measure(answer.request(), nameless).toString()).contains("one that is not named");
        List<JudgedAnswer> trained = new ArrayList<>(judged(small, WISHES, 40, "train"));
        trained.add(new JudgedAnswer(Request.of("who"), nameless, 1));
        assertThatThrownBy(() ->
                        AnswerQuality.training("small").on(trained).reading(3).fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("which the reply names");
    }

    @Test
    void aStageWithoutStatesIsAGapAndNoZero() {
        AnswerQuality quality = reading(WISHES);
        ScriptedEndpoint closed = ScriptedEndpoint.saying("closed", "so it is");
        Request request = Request.of("what now");
        double gap = quality.measure(request, closed.answer(request)).value();
        assertThat(gap).as("between what is told right and wrong").isBetween(0.3, 0.7);
        assertThat(Cascade.startingWith(closed)
                        .keepWhen(quality.atLeast(0.01))
                        .deferTo(large)
                        .build()
                        .answer("what now")
                        .author())
                .isEqualTo("closed");
    }

    @Test
    void gapsInTrainingAreLeftOutOfTheHeadAloneAndTooFewStatesAreRefused() {
        List<JudgedAnswer> answers = new ArrayList<>(judged(small, WISHES, 150, "train"));
        answers.addAll(judged(small, ReadingWishes.NONE, 50, "bare"));
        AnswerQuality quality =
                AnswerQuality.training("small").on(answers).reading(WISHES).fit();
        assertThat(quality.trainedOn()).isEqualTo(200);
        assertThat(quality.brier()).isLessThan(0.18);
        assertThatThrownBy(() -> AnswerQuality.training("small")
                        .on(judged(small, ReadingWishes.NONE, 50, "bare"))
                        .reading(WISHES)
                        .fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("0 of 50 judged answers of small carry the hidden states [last.3][mean.2]");
        List<JudgedAnswer> mixed = new ArrayList<>(judged(small, WISHES, 40, "train"));
        mixed.addAll(judged(new Thinker("small", "weights b"), WISHES, 40, "others"));
        assertThatThrownBy(() -> AnswerQuality.training("small")
                        .on(mixed)
                        .reading(WISHES)
                        .fit())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("weights b");
        assertThatThrownBy(() -> AnswerQuality.training("small")
                        .reading(new ReadingWishes(ReadingWish.none().nextTokens(" A"), ReadingWish.none())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsReadIsWhatWasWrittenAndDamageIsRefused() throws Exception {
        Path file = folder.resolve("quality.json");
        AnswerQuality quality = reading(WISHES);
        quality.write(file);
        JudgedAnswer some = small.judged("what now", WISHES);
        AnswerQuality read = AnswerQuality.read(file);
        assertThat(read.measure(some.request(), some.reply())).isEqualTo(quality.measure(some.request(), some.reply()));
        assertThat(read.wishes()).isEqualTo(WISHES);
        String text = Files.readString(file);
        Files.writeString(file, text.replace("\"last.3\"", "\"last.3\", \"last.3\""));
        assertThatThrownBy(() -> AnswerQuality.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("hidden states are [last.3, last.3]");
        Files.writeString(file, text.replace("weights a, template a", ""));
        assertThatThrownBy(() -> AnswerQuality.read(file)).hasMessageContaining("reader of hidden states is not named");
    }
}
