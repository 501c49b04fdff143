package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.onnx.grammar.TokenConstraint;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TokenChooserTest {
    private static final float[] LOGITS = {1, 4, -2, 3.5f, 0};

    @Test
    void plainGreedyNeedsNoLogits() {
        TokenChooser chooser = new TokenChooser(Decoding.greedy(), null);

        assertThat(chooser.needsLogits()).isFalse();
        assertThat(chooser.choose(prediction(3), null)).isEqualTo(3);
        assertThat(new TokenChooser(Decoding.greedy().minP(0.1).topK(3), null).needsLogits())
                .isFalse();
        assertThat(new TokenChooser(Decoding.greedy().temperature(1), null).needsLogits())
                .isTrue();
        assertThat(new TokenChooser(Decoding.greedy().repetitionPenalty(1.1), null).needsLogits())
                .isTrue();
        assertThat(new TokenChooser(Decoding.greedy().logitBias(Map.of(1, 0.5)), null).needsLogits())
                .isTrue();
    }

    @Test
    void repetitionPenaltyDividesPositiveLogitsAndMultipliesNegativeOnes() {
        Penalties penalties = Penalties.NONE.repetition(2);

        assertThat(penalties.penalised(4, 0)).isEqualTo(2);
        assertThat(penalties.penalised(-4, 0)).isEqualTo(-8);
        assertThat(penalties.penalised(4, 3)).isEqualTo(2);
    }

    @Test
    void presenceCountsOnceAndFrequencyEachTime() {
        Penalties penalties = Penalties.NONE.presence(0.5).frequency(0.25);

        assertThat(penalties.penalised(4, 0)).isEqualTo(4);
        assertThat(penalties.penalised(4, 1)).isEqualTo(3.25f);
        assertThat(penalties.penalised(4, 3)).isEqualTo(2.75f);
    }

    @Test
    void theRepetitionPenaltyIsOfPromptAndCompletionTheOthersOfTheCompletionAlone() {
        TokenChooser repetition = new TokenChooser(Decoding.greedy().repetitionPenalty(2), null);
        TokenChooser presence = new TokenChooser(Decoding.greedy().presencePenalty(2), null);
        for (TokenChooser chooser : List.of(repetition, presence)) {
            chooser.begin(new int[] {1});
        }

        assertThat(choose(repetition)).isEqualTo(3); // 4 / 2 is less than 3.5
        assertThat(choose(presence)).isEqualTo(1);
        presence.accept(1);
        assertThat(choose(presence)).isEqualTo(3);
        presence.accept(3);
        assertThat(choose(presence)).isEqualTo(1); // both have come once
    }

    @Test
    void frequencyGrowsWithEachTime() {
        TokenChooser chooser = new TokenChooser(Decoding.greedy().frequencyPenalty(0.4), null);
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            chosen.add(choose(chooser));
            chooser.accept(chosen.get(i));
        }

        assertThat(chosen).containsExactly(1, 1, 3, 1, 3); // 4, 3.6, 3.5, 3.2, 3.1
    }

    @Test
    void biasIsAddedToLogits() {
        assertThat(choose(new TokenChooser(Decoding.greedy().logitBias(Map.of(2, 7.0)), null)))
                .isEqualTo(2);
        assertThat(choose(new TokenChooser(Decoding.greedy().logitBias(Map.of(1, -100.0)), null)))
                .isEqualTo(3);
    }

    @Test
    void theModelsLogitsStayAsTheyAre() {
        FloatBuffer logits = FloatBuffer.wrap(LOGITS.clone());
        new TokenChooser(Decoding.greedy().logitBias(Map.of(1, -100.0)), null).choose(prediction(1), logits);

        assertThat(logits.array()).isEqualTo(LOGITS);
    }

    @Test
    void aConstraintComesBeforeEverythingThatTruncates() {
        Constraint constraint = new Constraint(0b10101);

        assertThat(choose(new TokenChooser(Decoding.greedy(), constraint))).isEqualTo(0);
        TokenChooser drawing =
                new TokenChooser(Decoding.greedy().temperature(1).topK(2).seed(4), constraint);
        for (int i = 0; i < 100; i++) {
            assertThat(choose(drawing)).isIn(0, 4);
        }
        drawing.accept(4);
        assertThat(constraint.accepted).containsExactly(4);
    }

    @Test
    void whatAConstraintAllowsAnywayIsChosenWithoutLookingFurther() {
        TokenChooser chooser = new TokenChooser(Decoding.greedy(), new Constraint(0b10));

        // The logits say otherwise, and are not asked.
        assertThat(chooser.choose(prediction(1), FloatBuffer.wrap(new float[] {9, 0, 0, 0, 0})))
                .isEqualTo(1);
    }

    @Test
    void settingsOutOfRangeAreRefusedWithTheRange() {
        Decoding greedy = Decoding.greedy();
        Map<Integer, Double> tooMany = new TreeMap<>();
        for (int i = 0; i < 1025; i++) {
            tooMany.put(i, 1.0);
        }

        assertThatThrownBy(() -> greedy.minP(1.1)).hasMessage("min-p is 1.1; valid: 0 to 1");
        assertThatThrownBy(() -> greedy.minP(Double.NaN)).hasMessageContaining("min-p is NaN");
        assertThatThrownBy(() -> greedy.repetitionPenalty(0)).hasMessageContaining("valid: above 0, at most 10");
        assertThatThrownBy(() -> greedy.presencePenalty(-2.1)).hasMessageContaining("valid: -2 to 2");
        assertThatThrownBy(() -> greedy.frequencyPenalty(Double.NaN)).hasMessageContaining("valid: -2 to 2");
        assertThatThrownBy(() -> greedy.logitBias(Map.of(-1, 1.0))).hasMessageContaining("token id is -1");
        assertThatThrownBy(() -> greedy.logitBias(Map.of(5, 101.0)))
                .hasMessage("bias of token 5 is 101.0; valid: -100 to 100");
        assertThatThrownBy(() -> greedy.logitBias(tooMany)).hasMessageContaining("at most 1024");
        assertThatThrownBy(() -> greedy.alternatives(101)).hasMessageContaining("0 to 100");
    }

    private static int choose(TokenChooser chooser) {
        int best = 1;
        return chooser.choose(prediction(best), FloatBuffer.wrap(LOGITS.clone()));
    }

    private static Prediction prediction(int id) {
        return new Prediction(id, LOGITS[id], 0.5, 0.1, 1, 5, 0);
    }

    /** Allows the same tokens always. */
    private static final class Constraint implements TokenConstraint {
        private final long bits;
        private final List<Integer> accepted = new ArrayList<>();

        Constraint(long bits) {
            this.bits = bits;
        }

        @Override
        public long[] allowed() {
            return new long[] {bits};
        }

        @Override
        public void accept(int id) {
            accepted.add(id);
        }

        @Override
        public boolean isComplete() {
            return true;
        }
    }
}
