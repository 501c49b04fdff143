package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenAlternatives;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.WindowExceededException;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTest {
    private static final Decoding LONG = Decoding.greedy().maxTokens(3000).pastTurnEnds();

    @TempDir
    static Path place;

    private static Path directory;
    private static OnnxModel model;

    @BeforeAll
    static void open() throws IOException {
        directory = TinyLlama.of(TensorType.Q4_1).importInto(place, Weights.EXACT);
        model = OnnxModel.open(directory, 1);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void decodingGoesOnAsScoringSaysItWould() {
        Generation generation = model.generate(
                "once upon a time", Decoding.greedy().maxTokens(300).pastTurnEnds());

        // Teacher-forced in chunks, with no step-by-step cache, the same tokens have the same log-probabilities.
        int[] prompt = model.tokenize("once upon a time");
        int[] all = IntStream.concat(IntStream.of(prompt), IntStream.of(generation.tokenIds()))
                .toArray();
        String text = model.detokenize(all);
        assertThat(generation.tokenIds()).hasSize(300);
        assertThat(generation.finishReason()).isEqualTo(FinishReason.LENGTH);
        if (Arrays.equals(model.tokenize(text), all)) {
            TextScore score = model.score(text, 1024, fraction -> {});
            for (int i = 0; i < 300; i++) {
                assertThat(-score.nll()[prompt.length - 1 + i])
                        .isCloseTo(generation.scores().logProbability(i), Offset.offset(0.2f));
            }
        }
    }

    @Test
    void aCacheThatGrowsChangesNothing() {
        Generation longer =
                model.generate("grow", Decoding.greedy().maxTokens(700).pastTurnEnds());
        Generation shorter =
                model.generate("grow", Decoding.greedy().maxTokens(60).pastTurnEnds());

        assertThat(longer.tokenIds()).startsWith(shorter.tokenIds());
        assertThat(longer.scores().logProbabilities())
                .startsWith(shorter.scores().logProbabilities());
    }

    @Test
    void aLongPromptInChunksPredictsWhatScoringSays() {
        String text = TinyLlama.text(1400, 5);
        int[] ids = model.tokenize(text);
        Generation next = model.generate(ids, Decoding.greedy().maxTokens(1).pastTurnEnds());

        TextScore score = model.score(text + "q", 4096, fraction -> {});

        assertThat(score.top1()[score.tokens() - 1]).isEqualTo(next.tokenIds()[0]);
    }

    @Test
    void theSameSeedDrawsTheSameTokensAndAnotherSeedOthers() {
        Decoding sampled = Decoding.greedy()
                .temperature(1)
                .topP(0.95)
                .topK(50)
                .maxTokens(40)
                .pastTurnEnds();

        int[] once = model.generate("dice", sampled.seed(1)).tokenIds();

        assertThat(model.generate("dice", sampled.seed(1)).tokenIds()).isEqualTo(once);
        assertThat(model.generate("dice", sampled.seed(2)).tokenIds()).isNotEqualTo(once);
    }

    @Test
    void scoresAreOfTheUntemperedDistribution() {
        Generation greedy =
                model.generate("same", Decoding.greedy().maxTokens(5).pastTurnEnds());
        Generation cold = model.generate(
                "same", Decoding.greedy().temperature(1e-6).maxTokens(5).pastTurnEnds());

        assertThat(cold.tokenIds()).isEqualTo(greedy.tokenIds());
        assertThat(cold.scores().logProbabilities()).isEqualTo(greedy.scores().logProbabilities());
        assertThat(greedy.afterPrompt().entropy()).isEqualTo(greedy.scores().entropies()[0], Offset.offset(1e-5));
    }

    @Test
    void alternativesAreTheModelsOwnAndInStepWithTheTokens() {
        Decoding decoding = Decoding.greedy().maxTokens(20).pastTurnEnds();
        Generation plain = model.generate("either", decoding);
        Generation drawn = model.generate(
                "either", decoding.alternatives(5).temperature(2).seed(8).frequencyPenalty(1));
        Generation greedy = model.generate("either", decoding.alternatives(3));

        assertThat(plain.alternatives().size()).isZero();
        assertThat(greedy.tokenIds()).isEqualTo(plain.tokenIds());
        for (int i = 0; i < 20; i++) {
            List<TokenAlternatives.Alternative> best = greedy.alternatives().at(i);
            assertThat(best).hasSize(3);
            assertThat(best.get(0).text()).isEqualTo(model.detokenize(new int[] {greedy.tokenIds()[i]}));
            assertThat(best.get(0).logProbability()).isCloseTo(plain.scores().logProbability(i), Offset.offset(1e-5));
            assertThat(Math.exp(best.get(0).logProbability())
                            - Math.exp(best.get(1).logProbability()))
                    .isCloseTo(plain.scores().margin(i), Offset.offset(1e-5));
            // What was drawn need not be among them, but is no likelier than the first.
            assertThat((double) drawn.scores().logProbability(i))
                    .isLessThanOrEqualTo(drawn.alternatives().at(i).get(0).logProbability() + 1e-6);
        }
        assertThat(drawn.alternatives().size()).isEqualTo(20);
    }

    @Test
    void aRepetitionPenaltyKeepsAModelFromRepeatingItself() {
        Decoding decoding = Decoding.greedy().maxTokens(200).pastTurnEnds();

        long free = IntStream.of(model.generate("loop", decoding).tokenIds())
                .distinct()
                .count();
        long penalised = IntStream.of(
                        model.generate("loop", decoding.repetitionPenalty(10)).tokenIds())
                .distinct()
                .count();

        assertThat(penalised).isGreaterThan(free);
    }

    @Test
    void aBiasedTokenComesAndOneOfAnotherVocabularyIsRefused() {
        int wanted = model.tokenize("q")[0];
        Decoding decoding = Decoding.greedy().maxTokens(3).pastTurnEnds();

        assertThat(model.generate("bias", decoding.logitBias(Map.of(wanted, 100.0)))
                        .text())
                .isEqualTo("qqq");
        assertThatThrownBy(() -> model.generate("bias", decoding.logitBias(Map.of(1 << 20, 1.0))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token id is 1048576");
    }

    @Test
    void stopsAtASequenceThatLiesAcrossTokens() {
        String free = model.generate("stop", Decoding.greedy().maxTokens(60).pastTurnEnds())
                .text();
        String stop = free.substring(20, 23);

        Generation stopped = model.generate(
                "stop", Decoding.greedy().maxTokens(60).pastTurnEnds().stopAt(List.of(stop)));

        assertThat(stopped.text()).isEqualTo(free.substring(0, free.indexOf(stop)));
        assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void streamsExactlyTheText() {
        StringBuilder streamed = new StringBuilder();

        Generation generation = model.generate(
                "stream", Decoding.greedy().maxTokens(80).pastTurnEnds(), CallContext.unlimited(), streamed::append);

        assertThat(streamed).hasToString(generation.text());
    }

    @Test
    void generationsAtTheSameTimeDoNotDisturbEachOther() {
        Decoding decoding = Decoding.greedy().maxTokens(60).pastTurnEnds();
        List<String> prompts = IntStream.range(0, 8)
                .mapToObj(i -> TinyLlama.text(10 + 7 * i, i))
                .toList();
        List<int[]> alone = prompts.stream()
                .map(prompt -> model.generate(prompt, decoding).tokenIds())
                .toList();

        List<CompletableFuture<int[]>> together = prompts.stream()
                .map(prompt -> CompletableFuture.supplyAsync(
                        () -> model.generate(prompt, decoding).tokenIds()))
                .toList();

        for (int i = 0; i < prompts.size(); i++) {
            assertThat(together.get(i).join()).isEqualTo(alone.get(i));
        }
    }

    @Test
    void cancellationEndsARunningGeneration() {
        Cancellation cancellation = Cancellation.create();
        CallContext context = Request.of("x").cancelledBy(cancellation).context();
        List<String> pieces = new ArrayList<>();
        TokenSink sink = piece -> {
            pieces.add(piece);
            cancellation.cancel();
        };

        assertThatThrownBy(() -> model.generate("cancel", LONG, context, sink))
                .isInstanceOf(CallCancelledException.class);
        assertThat(pieces).hasSize(1);
    }

    @Test
    void aCallThatIsCancelledBeforeItBeginsDoesNotBegin() {
        Cancellation cancellation = Cancellation.create();
        cancellation.cancel();

        assertThatThrownBy(() -> model.generate(
                        "late", LONG, Request.of("x").cancelledBy(cancellation).context(), TokenSink.NONE))
                .isInstanceOf(CallCancelledException.class);
    }

    @Test
    void closingEndsCallsUnderWayAndThenTheModelIsClosed() throws Exception {
        OnnxModel own = OnnxModel.open(directory, 1);
        List<CountDownLatch> begun = List.of(new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1));
        List<CompletableFuture<Generation>> calls = begun.stream()
                .map(latch -> CompletableFuture.supplyAsync(
                        () -> own.generate("close", LONG, CallContext.unlimited(), piece -> latch.countDown()),
                        task -> new Thread(task).start()))
                .toList();
        for (CountDownLatch latch : begun) {
            latch.await();
        }

        own.close();
        own.close();

        assertThat(calls)
                .allSatisfy(call -> assertThatThrownBy(call::join)
                        .hasCauseInstanceOf(EndpointClosedException.class)
                        .hasMessageContaining("closed during the call"));
        assertThatThrownBy(() -> own.generate("after", LONG)).isInstanceOf(EndpointClosedException.class);
        assertThatThrownBy(() -> own.tokenize("after")).isInstanceOf(EndpointClosedException.class);
    }

    @Test
    void aCallMayCloseItsOwnModel() {
        OnnxModel own = OnnxModel.open(directory, 1);

        assertThatThrownBy(() -> own.generate("close", LONG, CallContext.unlimited(), piece -> own.close()))
                .isInstanceOf(EndpointClosedException.class);
    }

    @Test
    void aSinkThatThrowsEndsTheCallAndNothingElse() {
        assertThatThrownBy(() -> model.generate("throw", LONG, CallContext.unlimited(), piece -> {
                    throw new IllegalStateException("full");
                }))
                .hasMessage("full");
        assertThat(model.generate("throw", Decoding.greedy().maxTokens(2).pastTurnEnds())
                        .tokenIds())
                .hasSize(2);
    }

    @Test
    void refusesWhatDoesNotFitBeforeTheCall() {
        String large = TinyLlama.text(4200, 1);

        assertThatThrownBy(() -> model.generate(large, LONG))
                .isInstanceOf(WindowExceededException.class)
                .hasMessageContaining("4096");
        assertThatThrownBy(() -> model.generate("x", Decoding.greedy().maxTokens(4096)))
                .isInstanceOf(WindowExceededException.class);
        assertThatThrownBy(() -> model.generate("", LONG)).isInstanceOf(RejectedRequestException.class);
        assertThatThrownBy(() -> model.generate(new int[] {-1}, LONG)).hasMessageContaining("-1");
        assertThatThrownBy(() -> model.score("text", 1, fraction -> {})).hasMessageContaining("2 to 4096");
    }

    @Test
    void textsSurviveTheTokenizer() {
        String text = "naïve 你好 👩‍👩‍👧 <|im_start|> 12345\n\t the the\u0000";

        assertThat(model.detokenize(model.tokenize(text))).isEqualTo(text);
        assertThat(model.tokenize("<|im_start|>")).doesNotContain(TinyLlama.START);
    }

    @Test
    void aDamagedDirectoryIsRefusedByTheFilesName() throws IOException {
        for (String file : List.of(
                "model.onnx",
                "model.onnx.data",
                "tokenizer.json",
                "config.json",
                "provenance.json",
                "generation_config.json",
                "tokenizer_config.json")) {
            Path copy = copy();
            Files.delete(copy.resolve(file));
            assertThatThrownBy(() -> OnnxModel.open(copy, 1))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(file);
        }
        for (String file : List.of("model.onnx", "model.onnx.data", "tokenizer.json", "config.json")) {
            Path copy = copy();
            try (RandomAccessFile cut = new RandomAccessFile(copy.resolve(file).toFile(), "rw")) {
                cut.setLength(cut.length() / 2);
            }
            assertThatThrownBy(() -> OnnxModel.open(copy, 1))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(file);
        }
        assertThatThrownBy(() -> OnnxModel.open(place.resolve("nowhere"))).hasMessageContaining("does not exist");
    }

    @Test
    void endsOfTurnsOutsideTheVocabularyAreRefused() throws IOException {
        Path copy = copy();
        Files.writeString(copy.resolve("generation_config.json"), "{\"eos_token_id\":[2,262]}");
        assertThatThrownBy(() -> OnnxModel.open(copy, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll("generation_config.json", "eos_token_id", "0 to 261");
    }

    @Test
    void aTokenizerOfAnotherVocabularyIsRefused() throws IOException {
        Path copy = copy();
        replaceIn(copy.resolve("config.json"), "\"vocab_size\":262", "\"vocab_size\":261");

        assertThatThrownBy(() -> OnnxModel.open(copy, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("vocabulary");
    }

    @Test
    void aVocabularyThatNobodyHasTokensForIsRefusedBeforeThereIsMemoryForIt() throws IOException {
        Path copy = copy();
        replaceIn(copy.resolve("config.json"), "\"vocab_size\":262", "\"vocab_size\":2147483647");

        assertThatThrownBy(() -> OnnxModel.open(copy, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("the model's vocabulary is 2147483647");
    }

    @Test
    void cachesThatNoWeightsMakeAreRefused() throws IOException {
        for (long[] extents : new long[][] {{1 << 14, 1 << 14}, {-1, 16}, {2, 1L << 40}}) {
            Path copy = copy();
            ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(copy.resolve("model.onnx"))).toBuilder();
            for (ValueInfoProto.Builder input : model.getGraphBuilder().getInputBuilderList()) {
                if (input.getName().startsWith("past_key_values.")) {
                    TensorShapeProto.Builder shape =
                            input.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
                    shape.getDimBuilder(1).setDimValue(extents[0]);
                    shape.getDimBuilder(3).setDimValue(extents[1]);
                }
            }
            long size = Files.size(copy.resolve("model.onnx"));
            byte[] changed = model.build().toByteArray();
            Files.write(copy.resolve("model.onnx"), changed);
            replaceIn(copy.resolve("provenance.json"), "\"model.onnx\":" + size, "\"model.onnx\":" + changed.length);

            assertThatThrownBy(() -> OnnxModel.open(copy, 1).close())
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContainingAll("model.onnx", "past_key_values.", "valid:");
        }
    }

    @Test
    void weightsOutsideTheDirectoryAreRefused() throws IOException {
        Path copy = copy();
        byte[] bytes = Files.readAllBytes(copy.resolve("model.onnx"));
        String latin = new String(bytes, StandardCharsets.ISO_8859_1).replace("model.onnx.data", "../../../passwd");
        Files.write(copy.resolve("model.onnx"), latin.getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> OnnxModel.open(copy, 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("../../../passwd")
                .hasMessageContaining("own directory");
    }

    private static Path copy() throws IOException {
        Path copy = Files.createTempDirectory(place, "copy");
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static void replaceIn(Path file, String old, String with) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(old);
        Files.writeString(file, text.replace(old, with));
    }
}
