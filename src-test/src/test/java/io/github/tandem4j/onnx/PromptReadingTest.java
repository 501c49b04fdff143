package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.ReferenceLlama;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptReadingTest {
    private static final ReadingWish ALL =
            ReadingWish.none().last(1).mean(1).lastFinal().nextTokens("A", "b", "the");

    @TempDir
    static Path place;

    private static TinyLlama tiny;
    private static OnnxEndpoint endpoint;

    @BeforeAll
    static void open() throws IOException {
        tiny = TinyLlama.of(TensorType.F32);
        endpoint = OnnxEndpoint.builder(tiny.importInto(place, Weights.FLOAT32))
                .id("tiny")
                .threads(1)
                .decoding(Decoding.greedy().maxTokens(12).pastTurnEnds())
                .open();
    }

    @AfterAll
    static void close() {
        endpoint.close();
    }

    @Test
    void readsTheStatesThatTheArchitectureSays() {
        int[] ids = prompt("What is the capital?");
        ReferenceLlama reference = new ReferenceLlama(tiny);
        double[][] entering = reference.run(ids, 1);
        double[][] behind = reference.run(ids, 2);
        double[] last = behind[ids.length - 1];

        PromptReading reading = read("What is the capital?");

        near(reading.states().vector("last.1"), entering[ids.length - 1]);
        near(reading.states().vector("mean.1"), mean(entering));
        near(reading.states().vector("last.final"), reference.outputNorm(last));
        for (String text : ALL.nextTokens()) {
            assertThat(reading.nextLogProbability(text))
                    .isCloseTo(reference.logProbability(last, endpoint.model().tokenize(text)[0]), Offset.offset(1e-4));
        }
        assertThat(reading.promptTokens()).isEqualTo(ids.length);
        assertThat(reading.isTruncated()).isFalse();
        assertThat(reading.reader()).isEqualTo(endpoint.reader()).hasSize(64);
    }

    @Test
    void aPromptOfSeveralChunksIsReadAsOneOfOneIs() {
        String text = TinyLlama.text(1500, 5);
        int[] ids = prompt(text);
        assertThat(ids.length).isGreaterThan(1024);
        double[][] entering = new ReferenceLlama(tiny).run(ids, 1);

        PromptReading reading = read(text);

        near(reading.states().vector("last.1"), entering[ids.length - 1]);
        near(reading.states().vector("mean.1"), mean(entering));
    }

    @Test
    void nextTokensAreAsLikelyAsTheScorerSays() {
        OnnxModel model = endpoint.model();
        for (String next : new String[] {"d", "the", " "}) {
            float[] scored = model.score("abc" + next, 64, done -> {}).nll();
            PromptReading reading =
                    model.readEnd(model.tokenize("abc"), ReadingWish.none().nextTokens(next), CallContext.unlimited());

            assertThat(reading.nextLogProbability(next)).isCloseTo(-scored[scored.length - 1], Offset.offset(1e-5));
        }
    }

    @Test
    void isTheSameEachTimeAndOnAnyThread() {
        PromptReading first = read("Hello");
        List<CompletableFuture<PromptReading>> more = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> read(i % 2 == 0 ? "Hello" : "Hello " + i)))
                .toList();

        for (int i = 0; i < more.size(); i += 2) {
            PromptReading again = more.get(i).join();
            assertThat(again.states().vector("mean.1")).isEqualTo(first.states().vector("mean.1"));
            assertThat(again.nextLogProbabilities()).isEqualTo(first.nextLogProbabilities());
            assertThat(again.nextToken()).isEqualTo(first.nextToken());
        }
        assertThat(more.get(1).join().states().vector("mean.1"))
                .isNotEqualTo(first.states().vector("mean.1"));
    }

    @Test
    void withoutAWishTheBuildersIsRead() throws IOException {
        Request plain = Request.of("Hello");

        assertThat(endpoint.evidence(EvidenceKey.PROMPT_READING, plain)
                        .orElseThrow()
                        .states()
                        .names())
                .containsExactly("last.1", "mean.1", "last.final");
        Path own = tiny.importInto(Files.createDirectory(place.resolve("own")), Weights.FLOAT32);
        try (OnnxEndpoint other =
                OnnxEndpoint.builder(own).reading(ReadingWish.none().mean(1)).open()) {
            PromptReading reading =
                    other.evidence(EvidenceKey.PROMPT_READING, plain).orElseThrow();
            assertThat(reading.states().names()).containsExactly("mean.1");
            assertThat(reading.nextLogProbabilities()).isEmpty();
        }
    }

    @Test
    void whatTheModelDoesNotHaveIsRefusedByName() {
        for (String name : new String[] {"last.0", "last.2", "mean.final", "first.1", "last", "", "last.01"}) {
            assertThatThrownBy(() -> read("Hello", ReadingWish.none().states(name)))
                    .isInstanceOf(RejectedRequestException.class)
                    .hasMessageContaining("'" + name + "'")
                    .hasMessageContaining("valid");
        }
        assertThatThrownBy(() -> read("Hello", ReadingWish.none().nextTokens("xyz")))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("is 3 tokens to tiny");
        assertThatThrownBy(() -> OnnxEndpoint.builder(place.resolve("model-FLOAT32"))
                        .reading(ReadingWish.none().last(7))
                        .open())
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("last.7");
    }

    @Test
    void anAnswerCarriesItsStatesOnlyIfAsked() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from("Tell me"))
                .maxOutputTokens(5)
                .build();
        ReadingWish wish = ReadingWish.none().states("last.1", "mean.1", "mean.final", "last.final");

        Reply plain = endpoint.answer(Request.of(chat));
        Reply asked = endpoint.answer(Request.of(chat).evidence(EvidenceKey.ANSWER_READING_WISH, wish));

        assertThat(plain.evidence().get(EvidenceKey.ANSWER_READING)).isEmpty();
        assertThat(plain.evidence().get(EvidenceKey.PROMPT_READING)).isEmpty();
        HiddenStates states = asked.evidence().get(EvidenceKey.ANSWER_READING).orElseThrow();
        assertThat(asked.text()).isEqualTo(plain.text());
        // The first token is predicted at the prompt's end, and the last of five at the fourth of them.
        int[] prompt = prompt("Tell me");
        int[] answer = endpoint.model()
                .generate(prompt, Decoding.greedy().maxTokens(5).pastTurnEnds())
                .tokenIds();
        int[] fed = Arrays.copyOf(prompt, prompt.length + 4);
        System.arraycopy(answer, 0, fed, prompt.length, 4);
        double[][] entering = new ReferenceLlama(tiny).run(fed, 1);
        double[][] behind = new ReferenceLlama(tiny).run(fed, 2);
        near(states.vector("last.1"), entering[fed.length - 1]);
        near(states.vector("mean.1"), mean(Arrays.copyOfRange(entering, prompt.length - 1, fed.length)));
        double[][] normed = Arrays.stream(behind)
                .skip(prompt.length - 1)
                .map(new ReferenceLlama(tiny)::outputNorm)
                .toArray(double[][]::new);
        near(states.vector("mean.final"), mean(normed));
        near(states.vector("last.final"), normed[normed.length - 1]);
        Request tokensToo = Request.of(chat).evidence(EvidenceKey.ANSWER_READING_WISH, ALL);
        assertThatThrownBy(() -> endpoint.answer(tokensToo))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("next tokens");
    }

    @Test
    void aDirectoryOfAnOlderImportIsRefused() throws IOException {
        Path old = tiny.importInto(Files.createDirectory(place.resolve("old")), Weights.FLOAT32);
        Path provenance = old.resolve("provenance.json");
        Files.writeString(provenance, Files.readString(provenance).replace("\"format\":3", "\"format\":2"));

        assertThatThrownBy(() -> OnnxEndpoint.open(old))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("has the format 2; valid: 3; import the model again");
    }

    private static int[] prompt(String text) {
        return endpoint.promptOf(List.of(UserMessage.from(text)));
    }

    private static PromptReading read(String text) {
        return read(text, ALL);
    }

    private static PromptReading read(String text, ReadingWish wish) {
        Request request = Request.of(text).evidence(EvidenceKey.PROMPT_READING_WISH, wish);
        return endpoint.evidence(EvidenceKey.PROMPT_READING, request).orElseThrow();
    }

    private static double[] mean(double[][] rows) {
        double[] mean = new double[rows[0].length];
        for (double[] row : rows) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += row[i] / rows.length;
            }
        }
        return mean;
    }

    private static void near(float[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) found[i]).isCloseTo(expected[i], Offset.offset(1e-3));
        }
    }
}
