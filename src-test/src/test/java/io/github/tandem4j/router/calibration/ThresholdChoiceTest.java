package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThresholdChoiceTest {

    private static final ThresholdChoice.Rows ROWS = ThresholdChoice.Rows.scored(0.9, 0.1, 0.5, 0.5, 0.7)
            .costing(new double[] {0, 0, 0, 0, 0}, new double[] {1, 1, 1, 1, 1})
            .worth(new double[] {1, 0, 0, 1, 1}, new double[] {1, 1, 1, 1, 1});

    @TempDir
    private Path folder;

    @Test
    void aShareOfStrongCallsIsKeptToWithTiesTogether() {
        assertThat(ThresholdChoice.byStrongShare(ROWS, 0.5).threshold()).isEqualTo(0.5);
        assertThat(ThresholdChoice.byStrongShare(ROWS, 0.5).strongShare()).isEqualTo(0.2);
        assertThat(ThresholdChoice.byStrongShare(ROWS, 0.6).threshold()).isEqualTo(0.7);
        assertThat(ThresholdChoice.byStrongShare(ROWS, 0).threshold()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(ThresholdChoice.byStrongShare(ROWS, 1).staysWeak(1e300)).isFalse();
    }

    @Test
    void aBudgetBuysAsManyStrongCallsAsItCan() {
        assertThat(ThresholdChoice.byBudget(ROWS, 0.2).orElseThrow().strongShare())
                .isEqualTo(0.2);
        assertThat(ThresholdChoice.byBudget(ROWS, -1)).isEmpty();
    }

    @Test
    void aQualityIsReachedWithAsFewStrongCallsAsCanBe() {
        assertThat(ThresholdChoice.byQuality(ROWS, 0.8).orElseThrow().strongShare())
                .isEqualTo(0.2);
        assertThat(ThresholdChoice.byQuality(ROWS, 0.6).orElseThrow().strongShare())
                .isZero();
        assertThat(ThresholdChoice.byQuality(
                        ThresholdChoice.Rows.scored(1).worth(new double[] {0}, new double[] {0.5}), 0.9))
                .isEmpty();
    }

    @Test
    void explainsItselfAndSurvivesAFile() {
        ThresholdChoice choice = ThresholdChoice.byQuality(ROWS, 0.8).orElseThrow();
        assertThat(choice.explain())
                .isEqualTo(
                        "Scores of 0.500000 and more stay with the weak model, chosen for a mean quality of at least 0.800:"
                                + " on 5 rows 20.0 % are strong calls, a query costs $0.200000, the mean quality is 0.800.");
        for (ThresholdChoice each : new ThresholdChoice[] {
            choice,
            ThresholdChoice.byStrongShare(ROWS, 0),
            ThresholdChoice.byStrongShare(ThresholdChoice.Rows.scored(1), 1)
        }) {
            Path file = folder.resolve("threshold.json");
            each.save(file);
            assertThat(ThresholdChoice.load(file)).isEqualTo(each);
        }
    }

    @Test
    void refusesWhatItCannotKnow() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ThresholdChoice.byBudget(ThresholdChoice.Rows.scored(1, 2), 1))
                .withMessageContaining("costs of the rows are not known");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ThresholdChoice.Rows.scored(1).worth(new double[] {2}, new double[] {1}));
        assertThatIllegalArgumentException().isThrownBy(() -> ThresholdChoice.byStrongShare(ROWS, 1.2));
        Path file = Files.writeString(
                folder.resolve("t.json"), "{\"format\":\"tandem threshold\",\"version\":1,\"target\":\"LUCK\"}");
        assertThatThrownBy(() -> ThresholdChoice.load(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("LUCK");
    }
}
