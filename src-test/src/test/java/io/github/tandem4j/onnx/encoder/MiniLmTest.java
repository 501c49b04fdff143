package io.github.tandem4j.onnx.encoder;

import static io.github.tandem4j.onnx.encoder.MiniLmGoldenTest.cosine;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EndpointClosedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What callers of the real model may rely on. */
class MiniLmTest {
    private final OnnxEmbeddingModel model = SharedMiniLm.exact();

    /** Takes ten tokens a row, beside the two around them. */
    private static OnnxEmbeddingModel shortRows;

    @BeforeAll
    static void open() {
        shortRows = SentenceEncoders.miniLm().maxTokens(12).normalized(false).open();
    }

    @AfterAll
    static void close() {
        shortRows.close();
    }

    @Test
    void hundredsOfTextsOfManyLengthsKeepTheirOrder() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            texts.add("Question " + i + " is about " + "apples and ".repeat(i * 7 % 12) + "pears.");
        }

        List<Embedding> together = model.embedTexts(texts).content();

        assertThat(together).hasSize(300);
        for (int i = 0; i < 300; i += 17) {
            float[] alone = model.embed(texts.get(i)).content().vector();
            assertThat(cosine(together.get(i).vector(), alone)).as(texts.get(i)).isGreaterThan(0.99999);
        }
    }

    @Test
    void theEndOfALongTextCounts() {
        String words = "The committee discussed the budget for the coming year at length. ".repeat(60);

        float[] one = model.embed(words + "Penguins swim.").content().vector();
        float[] other = model.embed(words + "Volcanoes erupt.").content().vector();

        assertThat(model.countTokens(words)).isGreaterThan(700);
        assertThat(cosine(one, other)).isBetween(0.9, 0.99999);
        assertThat(cosine(one, one)).isCloseTo(1, within(1e-6));
    }

    @Test
    void aLongTextsVectorIsTheMeanOfItsPiecesWeightedByTheirTokens() {
        String text = "one two three four five six seven eight nine ten eleven twelve thirteen";
        float[] first = shortRows
                .embed("one two three four five six seven eight nine ten")
                .content()
                .vector();
        float[] second = shortRows.embed("eleven twelve thirteen").content().vector();

        float[] whole = shortRows.embed(text).content().vector();

        for (int i = 0; i < whole.length; i++) {
            assertThat(whole[i]).isCloseTo((10 * first[i] + 3 * second[i]) / 13, within(1e-4f));
        }
    }

    @Test
    void aWordLongerThanARowIsCutAndNotLost() {
        String word = "xqzjkvwp".repeat(10);
        int tokens = shortRows.countTokens(word) - 2;
        assertThat(tokens).isGreaterThan(20);

        Response<Embedding> response = shortRows.embed(word);

        assertThat(requireNonNull(response.tokenUsage()).inputTokenCount()).isEqualTo(tokens + 2 * ((tokens + 9) / 10));
    }

    @Test
    void similarTextsAreNearerThanOthers() {
        float[] cat = model.embed("A cat sits on the mat.").content().vector();
        float[] kitten = model.embed("A kitten is sitting on a rug.").content().vector();
        float[] stock =
                model.embed("The stock market fell sharply today.").content().vector();

        assertThat(cosine(cat, kitten)).isGreaterThan(cosine(cat, stock) + 0.3);
    }

    @Test
    void blankTextsHaveTheVectorOfNoText() {
        float[] empty = model.embed("").content().vector();

        assertThat(model.embed(" \n\t ").content().vector()).containsExactly(empty, within(1e-6f));
        assertThat(model.embedTexts(List.of()).content()).isEmpty();
        assertThat(model.embedAll(List.of()).content()).isEmpty();
    }

    @Test
    void specialTokensInATextAreText() {
        assertThat(model.countTokens("[SEP]")).isEqualTo(model.countTokens("[ sep ]"));
        assertThat(cosine(
                        model.embed("good [SEP] bad").content().vector(),
                        model.embed("good [ sep ] bad").content().vector()))
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void aPrefixIsPutBeforeEachTextAndSharesTheWeights() {
        OnnxEmbeddingModel queries = model.prefixed("query: ");

        assertThat(cosine(
                        queries.embed("cats").content().vector(),
                        model.embed("query: cats").content().vector()))
                .isCloseTo(1, within(1e-6));
        assertThat(queries.embedAll(List.of(TextSegment.from("cats")))
                        .content()
                        .get(0)
                        .vector())
                .isEqualTo(queries.embed("cats").content().vector());
    }

    @Test
    void callersAtTheSameTimeGetTheirOwnVectors() throws Exception {
        List<String> texts = List.of("one apple", "two pears and a plum", "three", "a fourth text that is longer");
        List<Embedding> alone =
                texts.stream().map(text -> model.embed(text).content()).toList();
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<Embedding>>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                calls.add(callers.submit(() -> model.embedTexts(texts).content()));
            }
            for (Future<List<Embedding>> call : calls) {
                List<Embedding> got = call.get();
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(cosine(got.get(i).vector(), alone.get(i).vector()))
                            .isGreaterThan(0.99999);
                }
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void closingEndsWhatRunsAndWhatComes() throws Exception {
        OnnxEmbeddingModel own = SentenceEncoders.miniLm().threads(2).open();
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            many.add("text number " + i);
        }
        ExecutorService caller = Executors.newSingleThreadExecutor();
        try {
            Future<?> call = caller.submit(() -> own.embedTexts(many));
            own.embed("while the other runs");
            own.close();
            own.close();
            assertThatThrownBy(call::get).hasCauseInstanceOf(EndpointClosedException.class);
        } finally {
            caller.shutdownNow();
        }
        assertThatThrownBy(() -> own.embed("afterwards"))
                .isInstanceOf(EndpointClosedException.class)
                .hasMessageContaining("all-minilm-l6-v2 is closed");
    }

    @Test
    void optionsOutsideOfTheirRangesAreRefused() {
        assertThatThrownBy(() -> SentenceEncoders.miniLm().threads(0)).hasMessageContaining("valid: 1 to 1024");
        assertThatThrownBy(() -> SentenceEncoders.miniLm().batchSize(0)).hasMessageContaining("rows a batch are 0");
        assertThatThrownBy(() -> SentenceEncoders.miniLm().maxTokens(3)).hasMessageContaining("tokens a row are 3");
        assertThatThrownBy(() -> SentenceEncoders.miniLm().maxTokens(513).open())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("513")
                .hasMessageContaining("to 512");
    }

    @Test
    void anAbsentModelNamesTheDependency() {
        assertThatThrownBy(() -> OnnxEmbeddingModel.builder("none", "none.onnx", "none.json", "group:artifact")
                        .open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none.onnx")
                .hasMessageContaining("add group:artifact");
    }

    @Test
    void aQuantisedModelGivesATextTheSameVectorInAnyCompany() {
        try (OnnxEmbeddingModel bge = SentenceEncoders.bgeSmall().open()) {
            float[] alone = bge.embed("What is love?").content().vector();

            List<Embedding> together = bge.embedTexts(List.of("What is love?", "!!!", "A much longer text, beside it."))
                    .content();

            assertThat(bge.dimension()).isEqualTo(384);
            assertThat(together.get(0).vector()).isEqualTo(alone);
        }
    }
}
