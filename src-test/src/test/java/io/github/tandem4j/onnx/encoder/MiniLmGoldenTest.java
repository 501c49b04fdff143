package io.github.tandem4j.onnx.encoder;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.embedding.Embedding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real model against what the reference made of it: {@code golden/make_minilm_golden.py}. */
class MiniLmGoldenTest {
    private static JsonNode cases;

    private final OnnxEmbeddingModel model = SharedMiniLm.exact();

    @BeforeAll
    static void read() throws IOException {
        cases = new ObjectMapper()
                .readTree(Path.of("golden/minilm-golden.json").toFile())
                .get("cases");
    }

    @Test
    void vectorsAreTheReferences() {
        assertThat(cases).hasSizeGreaterThan(9);
        assertThat(cases).allSatisfy(golden -> {
            String text = golden.get("text").textValue();
            assertThat(model.countTokens(text)).isEqualTo(golden.get("tokens").intValue());
            assertThat(cosine(model.embed(text).content().vector(), vector(golden)))
                    .as(text)
                    .isGreaterThan(0.999999);
        });
    }

    @Test
    void aBatchOfAllGivesTheSameVectors() {
        List<String> texts = new ArrayList<>();
        cases.forEach(golden -> texts.add(golden.get("text").textValue()));

        List<Embedding> together = model.embedTexts(texts).content();

        for (int i = 0; i < texts.size(); i++) {
            assertThat(cosine(together.get(i).vector(), vector(cases.get(i))))
                    .as(texts.get(i))
                    .isGreaterThan(0.999999);
        }
    }

    @Test
    void eightBitsAreCloseToTheReference() {
        OnnxEmbeddingModel eightBit = SharedMiniLm.eightBit();
        assertThat(cases).allSatisfy(golden -> {
            String text = golden.get("text").textValue();
            assertThat(cosine(eightBit.embed(text).content().vector(), vector(golden)))
                    .as(text)
                    .isGreaterThan(0.999);
        });
    }

    @Test
    void theModelTellsWhatItIs() {
        assertThat(model.dimension()).isEqualTo(384);
        assertThat(model.modelName()).isEqualTo("all-minilm-l6-v2");
        assertThat(requireNonNull(model.embed("Hello").tokenUsage()).inputTokenCount())
                .isEqualTo(3);
        assertThat(cosine(
                        model.embed("x").content().vector(),
                        model.embed("x").content().vector()))
                .isCloseTo(1, within(1e-6));
    }

    private static float[] vector(JsonNode golden) {
        float[] vector = new float[golden.get("vector").size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = golden.get("vector").get(i).floatValue();
        }
        return vector;
    }

    static double cosine(float[] a, float[] b) {
        double product = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return product / Math.sqrt(aa * bb);
    }
}
