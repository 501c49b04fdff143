package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenAlternatives;
import io.github.tandem4j.Usd;
import io.github.tandem4j.WindowExceededException;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContinuationScoreTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-3);

    @TempDir
    static Path place;

    private static OnnxModel floats;
    private static OnnxModel quantized;

    @BeforeAll
    static void open() throws IOException {
        TinyLlama tiny = TinyLlama.of(TensorType.Q4_1);
        floats = OnnxModel.open(tiny.importInto(place, Weights.FLOAT32), 1);
        quantized = OnnxModel.open(tiny.importInto(place, Weights.EXACT), 1);
    }

    @AfterAll
    static void close() {
        floats.close();
        quantized.close();
    }

    @Test
    void continuationsThatShareAContextAreScoredAsEachWholeTextIs() {
        String context = TinyLlama.text(1100, 3); // more than two chunks
        List<String> continuations = List.of("q", "z", " of the", TinyLlama.text(200, 4), "zz", "q");

        for (OnnxModel model : List.of(floats, quantized)) {
            List<ContinuationScore> scores = model.score(context, continuations);

            for (int i = 0; i < continuations.size(); i++) {
                TextScore whole = model.score(context + continuations.get(i), 4096, fraction -> {});
                float[] nll = whole.nll();
                double[] scored = scores.get(i).logProbabilities();
                int[] ids = whole.tokenIds();
                assertThat(scores.get(i).tokenIds())
                        .isEqualTo(Arrays.copyOfRange(ids, ids.length - scored.length, ids.length));
                for (int k = 0; k < scored.length; k++) {
                    assertThat(scored[k]).isCloseTo(-nll[nll.length - scored.length + k], CLOSE);
                }
                assertThat(scores.get(i).continuation()).isEqualTo(continuations.get(i));
            }
            assertThat(scores.get(5).sum()).isEqualTo(scores.get(0).sum());
        }
    }

    @Test
    void noContinuationsHaveNoScores() {
        assertThat(floats.score("once", List.of())).isEmpty();
    }

    @Test
    void whatIsGeneratedHasTheScoreThatItWasGeneratedWith() {
        int[] prompt = floats.tokenize("once upon a time");
        Generation greedy =
                floats.generate(prompt, Decoding.greedy().maxTokens(12).pastTurnEnds());
        Generation drawn = floats.generate(
                prompt, Decoding.greedy().temperature(1.5).seed(3).maxTokens(12).pastTurnEnds());

        for (Generation generation : List.of(greedy, drawn)) {
            int[] ids = generation.tokenIds();
            if (Arrays.equals(floats.tokenize(generation.text()), ids)) {
                ContinuationScore score = floats.score(prompt, List.of(generation.text()), CallContext.unlimited())
                        .get(0);
                assertThat(score.tokenIds()).isEqualTo(ids);
                assertThat(score.sum())
                        .isCloseTo(generation.scores().meanLogProbability() * ids.length, Offset.offset(1e-2));
                assertThat(score.perToken()).isCloseTo(generation.scores().meanLogProbability(), CLOSE);
                assertThat(score.isGreedy()).isEqualTo(generation == greedy);
            }
        }
    }

    @Test
    void alternativesOfATokenAreScoredAsTheDistributionHoldsThem() {
        int[] prompt = floats.tokenize("which letter");
        List<TokenAlternatives.Alternative> letters = floats
                .generate(
                        prompt, Decoding.greedy().maxTokens(1).alternatives(100).pastTurnEnds())
                .alternatives()
                .at(0)
                .stream()
                .filter(each -> each.text().matches("[a-z]"))
                .toList();

        List<ContinuationScore> scores = floats.score(
                prompt,
                letters.stream().map(TokenAlternatives.Alternative::text).toList(),
                CallContext.unlimited());

        assertThat(letters).hasSizeGreaterThan(3);
        for (int i = 0; i < letters.size(); i++) {
            assertThat(scores.get(i).sum()).isCloseTo(letters.get(i).logProbability(), CLOSE);
        }
    }

    @Test
    void aTokenThatLiesAcrossTheBorderIsScoredWithTheContinuation() {
        // " t" and "h" make no token, "th" and "e" make one.
        ContinuationScore across = floats.score("we saw th", List.of("e")).get(0);
        ContinuationScore apart = floats.score(floats.tokenize("we saw th"), List.of("e"), CallContext.unlimited())
                .get(0);

        assertThat(floats.detokenize(across.tokenIds())).isEqualTo(" the");
        assertThat(floats.detokenize(apart.tokenIds())).isEqualTo("e");
        assertThat(across.perByte()).isEqualTo(across.sum());
    }

    @Test
    void aSpaceBelongsToTheContinuationWhicheverHasIt() {
        assertThat(floats.score("we saw", List.of(" the")).get(0).sum())
                .isCloseTo(floats.score("we saw ", List.of("the")).get(0).sum(), CLOSE);
    }

    @Test
    void anEndpointChoosesAmongLabels() throws IOException {
        Path directory =
                TinyLlama.of(TensorType.F32).importInto(Files.createDirectory(place.resolve("chat")), Weights.FLOAT32);
        try (OnnxEndpoint endpoint = OnnxEndpoint.open(directory)) {
            List<ContinuationScore> scores = endpoint.score(
                    List.of(UserMessage.from("Which?")), List.of("a", "b", "the"), CallContext.unlimited());

            assertThat(scores).extracting(ContinuationScore::continuation).containsExactly("a", "b", "the");
            assertThat(scores).allSatisfy(score -> assertThat(score.sum()).isNegative());
        }
    }

    @Test
    void anEndpointScoresWithinTheLimitsOfTheCall() throws IOException {
        Path directory = TinyLlama.of(TensorType.F32)
                .importInto(Files.createDirectory(place.resolve("limits")), Weights.FLOAT32);
        List<ChatMessage> messages = List.of(UserMessage.from("Which?"));
        try (OnnxEndpoint endpoint = OnnxEndpoint.builder(directory)
                .price(Price.perMillionTokens("1000000", "0"))
                .open()) {
            int expected = endpoint.promptOf(messages).length + 2;
            Budget budget = Budget.ofTokens(expected + 1);
            Budget money = Budget.ofUsd("100");
            CallContext context = Request.of("x").within(budget).within(money).context();

            assertThatThrownBy(() -> endpoint.score(messages, List.of("a", TinyLlama.text(30, 1)), context))
                    .isInstanceOf(BudgetExceededException.class)
                    .hasMessageContaining("scoring of answers")
                    .hasMessageContaining("a token budget of " + (expected + 1));
            assertThatThrownBy(() -> endpoint.score(messages, List.of("a", ""), context))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(budget.remainingTokens()).as("what fails costs nothing").hasValue(expected + 1);
            assertThat(endpoint.score(messages, List.of("a", "b"), context)).hasSize(2);
            assertThat(budget.remainingTokens()).hasValue(1);
            assertThat(money.spent()).isEqualTo(Usd.of(Integer.toString(expected)));
            assertThatThrownBy(() -> endpoint.score(messages, List.of("a"), context))
                    .isInstanceOf(BudgetExceededException.class);

            CallContext late = Request.of("x").deadline(Duration.ofNanos(1)).context();
            assertThatThrownBy(() -> endpoint.score(messages, List.of("a"), late))
                    .isInstanceOf(DeadlineExceededException.class);
        }
    }

    @Test
    void whatCannotBeScoredIsRefused() {
        Cancellation cancellation = Cancellation.create();
        cancellation.cancel();
        CallContext cancelled = Request.of("x").cancelledBy(cancellation).context();

        assertThat(floats.score("nothing", List.of())).isEmpty();
        assertThatThrownBy(() -> floats.score("context", List.of("a", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("continuation 1 is empty");
        assertThatThrownBy(() -> floats.score("", List.of("a"))).isInstanceOf(RejectedRequestException.class);
        assertThatThrownBy(() -> floats.score("a", List.of(TinyLlama.text(5000, 1))))
                .isInstanceOf(WindowExceededException.class);
        assertThatThrownBy(() -> floats.score(new int[] {3}, List.of("a"), cancelled))
                .isInstanceOf(CallCancelledException.class);
    }
}
