package io.github.tandem4j.router.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CrossFitTest {

    @Test
    void equalWordingsAreInOnePartWhateverTheirCaseAndWhiteSpace() {
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            queries.add(RecordedQuery.of("a" + i, "What is the " + i + "th prime?"));
            queries.add(RecordedQuery.of("b" + i, " what  IS the\n" + i + "th prime? "));
        }

        int[] parts = CrossFit.byQuery(queries, 5, 3);

        for (int i = 0; i < parts.length; i += 2) {
            assertThat(parts[i]).isEqualTo(parts[i + 1]);
        }
        assertThat(Arrays.stream(parts).distinct().count()).isEqualTo(5);
    }

    @Test
    void aWordingOfTwoSubjectsJoinsThem() {
        List<RecordedQuery> queries = new ArrayList<>();
        for (int s = 0; s < 12; s++) {
            for (int i = 0; i < 5; i++) {
                queries.add(RecordedQuery.of(s + "-" + i, "Question " + i + " of subject " + s)
                        .subject("subject " + s));
            }
        }
        queries.add(RecordedQuery.of("both-1", "None of the above?").subject("subject 3"));
        queries.add(RecordedQuery.of("both-2", "none of the  above?").subject("subject 8"));

        int[] parts = CrossFit.bySubject(queries, 4, 3);

        int joined = parts[queries.size() - 1];
        for (int i = 0; i < queries.size(); i++) {
            String subject = queries.get(i).subject().orElseThrow();
            if (subject.equals("subject 3") || subject.equals("subject 8")) {
                assertThat(parts[i]).as(queries.get(i).id()).isEqualTo(joined);
            }
        }
    }

    @Test
    void refusesWhatCannotBeParted() {
        List<RecordedQuery> one = List.of(
                RecordedQuery.of("1", "a").subject("algebra"),
                RecordedQuery.of("2", "b").subject("algebra"));

        assertThatThrownBy(() -> CrossFit.bySubject(one, 5, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 group");
    }

    /** With the mean of the other parts as its only knowledge, a predictor is worth chance and not less. */
    @Test
    void aPriorDoesNotRunAgainstItsPart() {
        Random random = new Random(1);
        double asTheyAre = 0;
        double without = 0;
        for (int round = 0; round < 20; round++) {
            double[] target = random.doubles(300).map(u -> u < 0.3 ? 1 : 0).toArray();
            int[] parts = random.ints(300, 0, 5).toArray();
            double[] predicted = new double[300];
            for (int part = 0; part < 5; part++) {
                double mean = Moments.mean(CrossFit.at(target, CrossFit.places(parts, part, false)));
                for (int i : CrossFit.places(parts, part, true)) {
                    predicted[i] = mean;
                }
            }
            double[][] targets = {target};
            asTheyAre += Explained.apgr(predicted, target) / 20;
            without +=
                    Explained.apgr(CrossFit.withoutPriors(new double[][] {predicted}, targets, parts)[0], target) / 20;
        }

        assertThat(asTheyAre).as("seed 1").isLessThan(0.48);
        assertThat(without).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void aFileKnowsNoColumnsBeyondAllViews() {
        Weights huge = new Weights().put("known", 3, Integer.MAX_VALUE).put("usual", 0.9);

        assertThatThrownBy(() -> KnownColumns.read(huge))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("column 2147483647");
    }
}
