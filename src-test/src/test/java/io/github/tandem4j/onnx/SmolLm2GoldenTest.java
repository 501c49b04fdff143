package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.smollm2.SharedSmolLm2;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SmolLM2 beside llama.cpp on the same file; {@code golden/make_golden.py} made what is compared with. In every build its
 * answers, and the float model on the passage, are compared up to the tokens below; thorough, all that there is.
 */
class SmolLm2GoldenTest {
    private static final boolean THOROUGH = Boolean.getBoolean("tandem.thorough");

    /** Of the answers. */
    private static final int NEW_TOKENS = THOROUGH ? 48 : 8;

    /** Of the passage, from its beginning, for the float model; they are cut off where a word ends. */
    private static final int PASSAGE = THOROUGH ? Integer.MAX_VALUE : 400;

    /** 0.0023 and 0.0061 with the kernels of two processors, AVX2 and VNNI. */
    private static final double PERPLEXITY = 0.0075;

    private static final double AGREEMENT = 0.005;

    private static JsonNode golden;

    /** The exact import, as the cache has it. */
    private final OnnxModel model = SharedSmolLm2.endpoint().model();

    @BeforeAll
    static void read() throws IOException {
        golden = new ObjectMapper()
                .readTree(Path.of("golden/smollm2-golden.json").toFile());
    }

    @Test
    void floatImportIsLlamaCppsFloatModel(@TempDir Path place) throws IOException {
        Path directory = place.resolve("float");
        GgufImport.of(SmolLm2Gguf.in(place)).weights(Weights.FLOAT32).into(directory);
        try (OnnxModel floats = OnnxModel.open(directory)) {
            JsonNode expected = golden.get("float");
            assertThat(golden.get("chat").properties()).allSatisfy(chat -> {
                Generation generation =
                        floats.generate(prompt(chat), Decoding.greedy().maxTokens(NEW_TOKENS));
                sameTokens(generation, expected.at("/chat/" + chat.getKey()), 1e-3f);
            });
            assertThat(golden.get("raw").properties()).allSatisfy(raw -> {
                Generation generation = floats.generate(
                        raw.getValue().get("prompt").asText(), Decoding.greedy().maxTokens(Math.min(32, NEW_TOKENS)));
                sameTokens(generation, expected.at("/raw/" + raw.getKey()), 1e-3f);
            });
            TextScore score = floats.score(passage(PASSAGE), 1024, fraction -> {});
            int scored = scored(score, PASSAGE);
            assertThat(score.meanNll())
                    .isCloseTo(mean(numbers(expected.at("/score/nll"), scored)), Offset.offset(1e-3));
            assertThat(agreement(score.top1(), ids(expected.at("/score/top1")))).isGreaterThan(0.999);
        }
    }

    @Test
    void exactImportIsAsCloseToTheFloatModelAsLlamaCppIs() {
        TextScore score = model.score(passage(Integer.MAX_VALUE), 1024, fraction -> {});

        int scored = scored(score, Integer.MAX_VALUE);
        JsonNode floats = golden.at("/float/score");
        assertThat(scored).isEqualTo(floats.get("scored").asInt());
        assertThat(score.perplexity() / floats.get("perplexity").asDouble()).isCloseTo(1, Offset.offset(PERPLEXITY));
        double llamaCpps = golden.at("/quantised_to_float/top1_agreement").asDouble();
        assertThat(agreement(score.top1(), ids(floats.get("top1")))).isGreaterThan(llamaCpps - AGREEMENT);
    }

    @Test
    void exactImportChoosesTheSameTokensWhereTheChoiceIsClear() {
        assertThat(golden.get("chat").properties()).allSatisfy(chat -> {
            JsonNode expected = golden.at("/quantised/chat/" + chat.getKey());
            int[] ids = model.generate(prompt(chat), Decoding.greedy().maxTokens(NEW_TOKENS))
                    .tokenIds();
            int[] theirs = first(NEW_TOKENS, ids(expected.get("ids")));
            int same = Arrays.mismatch(ids, theirs);
            // Where two logits are closer than the rounding of activations, either may win.
            if (same >= 0 && same < theirs.length) {
                assertThat(expected.get("margins").get(same).asDouble()).isLessThan(1);
            }
        });
    }

    @Test
    void tokenizesAndRendersAsTheReferenceDoes() {
        assertThat(golden.get("tokenizer").properties()).allSatisfy(each -> {
            String text = each.getValue().get("text").asText();
            assertThat(model.tokenize(text)).isEqualTo(ids(each.getValue().get("ids")));
            assertThat(model.detokenize(model.tokenize(text))).isEqualTo(text);
        });
        ChatPrompt chatPrompt = model.chatPrompt().orElseThrow();
        assertThat(golden.get("chat").properties())
                .allSatisfy(chat -> assertThat(model.tokenize(chatPrompt, messages(chat.getValue())))
                        .isEqualTo(prompt(chat)));
    }

    private String passage(int most) {
        return model.detokenize(first(most, ids(golden.at("/passage/token_ids"))));
    }

    /** {@return how many tokens were scored} They are those that the golden values are of. */
    private static int scored(TextScore score, int most) {
        int[] passage = first(most, ids(golden.at("/passage/token_ids")));
        int[] expected = IntStream.range(0, passage.length)
                .filter(i -> i % 1024 > 0)
                .map(i -> passage[i])
                .toArray();
        assertThat(score.tokenIds()).isEqualTo(expected);
        return expected.length;
    }

    private static void sameTokens(Generation generation, JsonNode expected, float tolerance) {
        assertThat(generation.tokenIds()).isEqualTo(first(NEW_TOKENS, ids(expected.get("ids"))));
        for (int i = 0; i < generation.tokenIds().length; i++) {
            assertThat(generation.scores().logProbability(i))
                    .isCloseTo((float) expected.get("logprobs").get(i).asDouble(), Offset.offset(tolerance));
        }
    }

    private static double agreement(int[] scored, int[] golden) {
        return IntStream.range(0, scored.length)
                        .filter(i -> scored[i] == golden[i])
                        .count()
                / (double) scored.length;
    }

    private static double mean(double[] numbers) {
        return Arrays.stream(numbers).average().orElseThrow();
    }

    private static double[] numbers(JsonNode list, int count) {
        return IntStream.range(0, count)
                .mapToDouble(i -> list.get(i).asDouble())
                .toArray();
    }

    private static int[] first(int count, int[] ids) {
        return Arrays.copyOf(ids, Math.min(count, ids.length));
    }

    private static int[] prompt(Map.Entry<String, JsonNode> chat) {
        return ids(chat.getValue().get("ids"));
    }

    private static List<ChatMessage> messages(JsonNode chat) {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : chat.get("messages")) {
            String content = message.get("content").asText();
            messages.add(
                    switch (message.get("role").asText()) {
                        case "system" -> SystemMessage.from(content);
                        case "user" -> UserMessage.from(content);
                        default -> AiMessage.from(content);
                    });
        }
        return messages;
    }

    private static int[] ids(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
    }
}
