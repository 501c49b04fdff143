package io.github.tandem4j.smollm2;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.onnx.OnnxEndpoint;
import org.junit.jupiter.api.Test;

class SmolLm2ReadingTest {
    private static final String QUESTION =
            "Which gas do plants take from the air?\nA. Oxygen\nB. Carbon dioxide\nC. Helium"
                    + "\nD. Nitrogen\nAnswer with the letter alone.";

    private final OnnxEndpoint small = SharedSmolLm2.endpoint();

    @Test
    void readsItsUsualStatesAndLettersUnlessToldOtherwise() {
        PromptReading reading =
                small.evidence(EvidenceKey.PROMPT_READING, Request.of(QUESTION)).orElseThrow();

        assertThat(reading.states().names())
                .containsExactly(
                        "last.10",
                        "mean.10",
                        "last.15",
                        "mean.15",
                        "last.21",
                        "mean.21",
                        "last.25",
                        "mean.25",
                        "last.final");
        assertThat(reading.states().names())
                .allSatisfy(name -> assertThat(reading.states().size(name)).isEqualTo(576));
        assertThat(reading.nextLogProbabilities()).containsOnlyKeys("A", "B", "C", "D", " A", " B", " C", " D");
        assertThat(reading.nextLogProbabilities().values())
                .allSatisfy(value -> assertThat(value)
                        .isLessThanOrEqualTo(Math.log(reading.nextToken().maxProbability()) + 1e-6));
    }

    @Test
    void anAnswerAfterAReadingIsTheAnswerWithoutOne() {
        Request request = Request.of(QUESTION)
                .evidence(
                        EvidenceKey.ANSWER_READING_WISH,
                        ReadingWish.none().last(21).mean(21).lastFinal());
        Reply alone = small.answer(request);
        assertThat(small.evidence(EvidenceKey.PROMPT_READING, request)).isPresent();
        Reply after = small.answer(request);

        assertThat(after.text()).isEqualTo(alone.text());
        assertThat(after.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS)).isPresent();
        HiddenStates left = alone.evidence().get(EvidenceKey.ANSWER_READING).orElseThrow();
        HiddenStates right = after.evidence().get(EvidenceKey.ANSWER_READING).orElseThrow();
        for (String name : left.names()) {
            assertThat(right.vector(name)).isEqualTo(left.vector(name));
        }
    }
}
