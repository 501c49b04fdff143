package io.github.tandem4j.onnx.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.segment.TextSegment;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.WindowExceededException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classifiers and a cross-encoder over graphs whose numbers can be worked out by hand. */
class ClassifierTest {
    private static final String TWO_LABELS =
            "{\"max_position_embeddings\":16,\"id2label\":{\"0\":\"negative\",\"1\":\"positive\"}";

    @TempDir
    private Path directory;

    private TinyEncoder sentiment() {
        return new TinyEncoder(2).word("good", 0, 6).word("bad", 6, 0);
    }

    @Test
    void logitsBecomeTheProbabilitiesOfTheConfigsLabels() throws IOException {
        try (OnnxTextClassifier classifier = OnnxTextClassifier.open(sentiment().write(directory, TWO_LABELS + "}"))) {
            List<LabelProbability> good = classifier.classify("good"); // [CLS] good [SEP]: means 0 and 2

            assertThat(classifier.labels()).containsExactly("negative", "positive");
            assertThat(good.get(0).label()).isEqualTo("positive");
            assertThat(good.get(0).probability()).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-6));
            assertThat(good.get(0).probability() + good.get(1).probability()).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void labelsThatDoNotExcludeEachOtherHaveProbabilitiesOfTheirOwn() throws IOException {
        String config = TWO_LABELS + ",\"problem_type\":\"multi_label_classification\"}";
        try (OnnxTextClassifier classifier = OnnxTextClassifier.open(sentiment().write(directory, config))) {
            List<LabelProbability> both = classifier.classify("good bad"); // means 1.5 and 1.5

            assertThat(both)
                    .allSatisfy(
                            each -> assertThat(each.probability()).isCloseTo(1 / (1 + Math.exp(-1.5)), within(1e-6)));
        }
    }

    @Test
    void batchesGiveWhatEachTextGivesAlone() throws IOException {
        try (OnnxTextClassifier classifier = OnnxTextClassifier.open(
                sentiment().write(directory, TWO_LABELS + "}"),
                EncoderOptions.ofDefaults().threads(2).batchSize(3))) {
            List<String> texts = List.of("good", "", "bad bad good lives", "unkind", "good good good bad", "bad");

            List<List<LabelProbability>> together = classifier.classifyAll(texts);

            for (int i = 0; i < texts.size(); i++) {
                List<LabelProbability> alone = classifier.classify(texts.get(i));
                assertThat(together.get(i).get(0).probability())
                        .isCloseTo(alone.get(0).probability(), within(1e-6));
            }
        }
    }

    @Test
    void theEndOfALongTextIsNotLost() throws IOException {
        try (OnnxTextClassifier classifier = OnnxTextClassifier.open(sentiment().write(directory, TWO_LABELS + "}"))) {
            assertThat(classifier
                            .classify("lives ".repeat(14) + "good ".repeat(14))
                            .get(0)
                            .label())
                    .isEqualTo("positive");
            assertThat(classifier
                            .classify("lives ".repeat(14) + "bad ".repeat(14))
                            .get(0)
                            .label())
                    .isEqualTo("negative");
        }
    }

    @Test
    void tokensBecomeSpansOfTheText() throws IOException {
        TinyEncoder names = new TinyEncoder(4)
                .word("in", 9, 0, 0, 0)
                .word("lives", 9, 0, 0, 0)
                .word("🙂", 9, 0, 0, 0)
                .word("ada", 0, 9, 0, 0)
                .word("un", 0, 0, 9, 0)
                .word("##kind", 0, 9, 0, 0)
                .word("london", 0, 0, 0, 9)
                .byToken();
        String config =
                "{\"max_position_embeddings\":16,\"id2label\":{\"0\":\"O\",\"1\":\"B-PER\",\"2\":\"I-PER\",\"3\":\"LOC\"}}";
        try (OnnxTokenClassifier classifier = OnnxTokenClassifier.open(names.write(directory, config))) {
            String text = "🙂 Ada Unkind Ada lives in London London";

            assertThat(classifier.classify(text))
                    .extracting(LabelledSpan::label, LabelledSpan::text)
                    .containsExactly(tuple("PER", "Ada Unkind"), tuple("PER", "Ada"), tuple("LOC", "London London"));
            LabelledSpan first = classifier.classify(text).get(0);
            assertThat(text.substring(first.start(), first.end())).isEqualTo(first.text());
            assertThat(first.probability()).isCloseTo(Math.exp(9) / (Math.exp(9) + 3), within(1e-6));
            assertThat(classifier.classify("")).isEmpty();

            String far = "lives in ".repeat(40) + "Ada " + "in ".repeat(20) + "London";
            assertThat(classifier.classify(far))
                    .extracting(LabelledSpan::text, LabelledSpan::end)
                    .containsExactly(tuple("Ada", 363), tuple("London", far.length()));
        }
    }

    @Test
    void aCrossEncoderScoresTheBestPieceOfEachText() throws IOException {
        TinyEncoder relevance =
                new TinyEncoder(1).word("london", 10).word("bad", -10).ofSecondText();
        String config = "{\"max_position_embeddings\":16}";
        try (OnnxScoringModel scorer = OnnxScoringModel.open(relevance.write(directory, config))) {
            // [CLS] ada [SEP] london [SEP]: 10 over five tokens
            assertThat(scorer.score("london", "ada").content()).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-6));
            assertThat(scorer.score("ada", "london").content()).isCloseTo(0.5, within(1e-6));

            List<Double> scores = scorer.scoreAll(
                            List.of(
                                    TextSegment.from("bad"),
                                    TextSegment.from("lives ".repeat(30) + "london"),
                                    TextSegment.from("in")),
                            "ada")
                    .content();

            assertThat(scores.get(0)).isLessThan(0.5);
            assertThat(scores.get(1)).isGreaterThan(0.6);
            assertThat(scores.get(2)).isCloseTo(0.5, within(1e-6));
            assertThatThrownBy(() -> scorer.score("ada", "london ".repeat(7)))
                    .isInstanceOf(WindowExceededException.class)
                    .hasMessageContaining("7 tokens");
        }
        OnnxScoringModel closed = OnnxScoringModel.open(directory);
        closed.close();
        assertThatThrownBy(() -> closed.score("ada", "ada")).isInstanceOf(EndpointClosedException.class);
    }

    @Test
    void aCrossEncoderOfTwoNumbersScoresTheSecond() throws IOException {
        TinyEncoder match = new TinyEncoder(2).word("london", 0, 10).ofSecondText();
        try (OnnxScoringModel scorer = OnnxScoringModel.open(match.write(directory, "{}"))) {
            assertThat(scorer.score("london", "ada").content()).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-6));
        }
        Path three = new TinyEncoder(3).write(directory.resolve("three"), "{}");
        assertThatThrownBy(() -> OnnxScoringModel.open(three))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("3 numbers");
    }
}
