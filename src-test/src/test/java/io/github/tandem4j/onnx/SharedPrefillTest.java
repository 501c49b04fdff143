package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Budget;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.Price;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An answer takes over the prefill of a reading. That it did is told by its evidence, and held to here by its tokens. */
class SharedPrefillTest {
    @TempDir
    static Path place;

    private static Path directory;
    private OnnxEndpoint endpoint;

    @BeforeAll
    static void write() throws IOException {
        directory = TinyLlama.of(TensorType.Q8_0).importInto(place, Weights.EXACT);
    }

    @BeforeEach
    void open() {
        endpoint = builder().open();
    }

    @AfterEach
    void close() {
        endpoint.close();
    }

    private static OnnxEndpoint.Builder builder() {
        return OnnxEndpoint.builder(directory)
                .id("tiny")
                .threads(1)
                .decoding(Decoding.greedy().maxTokens(24).pastTurnEnds());
    }

    @Test
    void theAnswerIsTheSameAndItsPromptIsNotFedAgain() {
        Reply alone = endpoint.answer("Hello there");
        assertThat(shared(alone)).isEmpty();
        long fedAlone = endpoint.model().decoder().fed();

        read(Request.of("Hello there"));
        Reply after = endpoint.answer("Hello there");

        assertThat(endpoint.model().decoder().fed()).isEqualTo(2 * fedAlone);
        assertThat(shared(after))
                .hasValue(alone.response().tokenUsage().inputTokenCount().longValue());
        assertThat(after.text()).isEqualTo(alone.text());
        assertThat(after.response().tokenUsage()).isEqualTo(alone.response().tokenUsage());
        assertThat(after.evidence().get(EvidenceKey.NEXT_TOKEN))
                .isEqualTo(alone.evidence().get(EvidenceKey.NEXT_TOKEN));
        assertThat(after.confidence().value()).isEqualTo(alone.confidence().value());
    }

    @Test
    void aReadingOfTheNextTokenAloneIsSharedToo() {
        assertThat(endpoint.evidence(EvidenceKey.NEXT_TOKEN, Request.of("Hello")))
                .isPresent();

        assertThat(shared(endpoint.answer("Hello"))).isPresent();
    }

    @Test
    void aReadingIsPaidForByTheBudgetsAndWhatWasReadBeforeAtTheCachesPrice() {
        try (OnnxEndpoint priced =
                builder().price(Price.perMillionTokens("100", "200", "10")).open()) {
            Budget budget = Budget.ofUsd("1");
            Request request = Request.of("Hello").within(budget);
            PromptReading reading =
                    priced.evidence(EvidenceKey.PROMPT_READING, request).orElseThrow();
            Usd whole = new Usd(100_000L * reading.promptTokens());
            assertThat(budget.spent()).isEqualTo(whole);
            priced.evidence(EvidenceKey.PROMPT_READING, request);
            Usd again = new Usd(10_000L * reading.promptTokens());
            assertThat(budget.spent()).as("it was kept").isEqualTo(whole.plus(again));
            Reply reply = priced.answer(request);
            Usd completion = new Usd(200_000L * reply.response().tokenUsage().outputTokenCount());
            assertThat(budget.spent()).isEqualTo(whole.plus(again).plus(again).plus(completion));

            Budget poor = Budget.ofUsd("0.00001");
            assertThat(priced.evidence(
                            EvidenceKey.PROMPT_READING, Request.of("Hello").within(poor)))
                    .isEmpty();
            assertThat(poor.spent()).isEqualTo(Usd.ZERO);
        }
        Budget tokens = Budget.ofTokens(100_000);
        read(Request.of("Hello").within(tokens));
        assertThat(tokens.remainingTokens()).as("what is free is not counted").hasValue(100_000);
    }

    @Test
    void aReaderOfManyReadsOneWithinItsRequestsLimits() {
        try (OnnxEndpoint priced =
                builder().price(Price.perMillionTokens("100", "200")).open()) {
            PromptReader reader = PromptReader.of(priced, ReadingWish.none());
            Budget budget = Budget.ofUsd("1");
            Request request = Request.of("Hello").tenant("left").within(budget);
            reader.read(request, "Hello");
            assertThat(budget.spent()).isGreaterThan(Usd.ZERO);
            assertThat(shared(priced.answer(request))).as("it is its tenant's").isPresent();
        }
    }

    @Test
    void whatWasAnsweredIsAnsweredAgainWithoutFeedingItsPrompt() {
        Reply first = endpoint.answer("Hello");
        Reply second = endpoint.answer("Hello");

        assertThat(shared(first)).isEmpty();
        assertThat(shared(second))
                .hasValue(first.response().tokenUsage().inputTokenCount().longValue());
        assertThat(second.text()).isEqualTo(first.text());
    }

    @Test
    void anotherTenantHasNoPartInIt() {
        read(Request.of("Hello").tenant("left"));

        assertThat(shared(endpoint.answer(Request.of("Hello")))).isEmpty();
        assertThat(shared(endpoint.answer(Request.of("Hello").tenant("right")))).isEmpty();
        assertThat(shared(endpoint.answer(Request.of("Hello").tenant("left")))).isPresent();
    }

    @Test
    void samplingBySeedDrawsTheSame() {
        try (OnnxEndpoint sampling = builder()
                .decoding(
                        Decoding.greedy().temperature(1.3).seed(5).maxTokens(24).pastTurnEnds())
                .open()) {
            String alone = sampling.answer("Hello").text();
            sampling.evidence(EvidenceKey.NEXT_TOKEN, Request.of("Hello"));
            Reply after = sampling.answer("Hello");

            assertThat(shared(after)).isPresent();
            assertThat(after.text()).isEqualTo(alone);
        }
    }

    @Test
    void statesOfTheAnswerAreTheSameWhateverTheReadingHad() {
        ReadingWish wish = ReadingWish.none().last(1).states("mean.final");
        Request request = Request.of("Hello").evidence(EvidenceKey.ANSWER_READING_WISH, wish);
        HiddenStates alone = states(endpoint.answer(request));

        read(request); // has layer 1 and the final state
        HiddenStates after = states(endpoint.answer(request));
        endpoint.evidence(EvidenceKey.NEXT_TOKEN, request); // has neither, so that a token is fed again
        Reply again = endpoint.answer(request);

        assertThat(shared(again)).isPresent();
        for (String name : wish.states()) {
            assertThat(after.vector(name)).isEqualTo(alone.vector(name));
            assertThat(states(again).vector(name)).containsExactly(alone.vector(name), within(1e-3f));
        }
    }

    @Test
    void aSecondReadingFindsTheFirst() {
        PromptReading first = read(Request.of("Hello"));
        PromptReading fewer = read(Request.of("Hello")
                .evidence(EvidenceKey.PROMPT_READING_WISH, ReadingWish.none().mean(1)));

        assertThat(endpoint.model().decoder().fed()).isEqualTo(first.promptTokens());
        assertThat(fewer.states().vector("mean.1")).isEqualTo(first.states().vector("mean.1"));
        assertThat(endpoint.model().prefills().kept()).isEqualTo(1);
        assertThat(shared(endpoint.answer("Hello"))).isPresent();
    }

    @Test
    void aCallThatIsCancelledGivesItBack() {
        String whole = endpoint.answer("Hello").text();
        Cancellation cancellation = Cancellation.create();
        read(Request.of("Hello"));

        assertThatThrownBy(() ->
                        endpoint.answer(Request.of("Hello").cancelledBy(cancellation), piece -> cancellation.cancel()))
                .isInstanceOf(CallCancelledException.class);

        Reply retry = endpoint.answer("Hello");
        assertThat(shared(retry)).isPresent();
        assertThat(retry.text()).isEqualTo(whole);
    }

    @Test
    void theOldestGoFirstAndTheLargestAreNotKept() {
        for (int i = 0; i < 12; i++) {
            read(Request.of("Hello " + i));
        }
        assertThat(endpoint.model().prefills().kept()).isEqualTo(8);
        int prompt = endpoint.promptOf(List.of(UserMessage.from("Hello 5"))).length;
        assertThat(shared(endpoint.answer("Hello 1")).orElseThrow())
                .as("what all begin with")
                .isLessThan(prompt - 1);
        assertThat(shared(endpoint.answer("Hello 5"))).hasValue((long) prompt);
        try (OnnxEndpoint small =
                builder().keepPrefills(4, 10_000, Duration.ofMinutes(1)).open()) {
            small.evidence(EvidenceKey.NEXT_TOKEN, Request.of("Hello"));
            assertThat(small.model().prefills().kept()).isZero();
        }
        try (OnnxEndpoint none =
                builder().keepPrefills(0, 0, Duration.ofMinutes(1)).open()) {
            none.evidence(EvidenceKey.NEXT_TOKEN, Request.of("Hello"));
            assertThat(shared(none.answer("Hello"))).isEmpty();
        }
        assertThatThrownBy(() -> builder().keepPrefills(-1, 0, Duration.ZERO)).hasMessageContaining("are -1 of 0");
    }

    @Test
    void whatIsTooOldIsFreed() {
        try (OnnxEndpoint brief =
                builder().keepPrefills(4, 1 << 30, Duration.ofNanos(1)).open()) {
            brief.evidence(EvidenceKey.NEXT_TOKEN, Request.of("Hello"));
            assertThat(shared(brief.answer("Hello"))).isEmpty();
            assertThat(brief.model().prefills().kept()).isZero();
        }
    }

    @Test
    void manyCallsAtOnceShareWithoutMixing() {
        List<String> prompts =
                IntStream.range(0, 4).mapToObj(i -> "Prompt " + i).toList();
        List<String> expected =
                prompts.stream().map(prompt -> endpoint.answer(prompt).text()).toList();

        List<CompletableFuture<String>> calls = IntStream.range(0, 48)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    Request request = Request.of(prompts.get(i % 4));
                    if (i % 3 > 0) {
                        endpoint.evidence(EvidenceKey.PROMPT_READING, request);
                    }
                    return endpoint.answer(request).text();
                }))
                .toList();

        for (int i = 0; i < calls.size(); i++) {
            assertThat(calls.get(i).join()).isEqualTo(expected.get(i % 4));
        }
    }

    @Test
    void closingWhileReadingFreesAll() {
        List<CompletableFuture<Boolean>> calls = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        read(Request.of(TinyLlama.text(900, i)));
                        return true;
                    } catch (TandemException e) {
                        return false; // closed, before or during the call
                    }
                }))
                .toList();
        endpoint.close();

        calls.forEach(CompletableFuture::join);
        assertThat(endpoint.model().prefills().kept()).isZero();
    }

    @Test
    void aPromptOfAClosedModelIsNotRead() {
        int[] prompt = endpoint.promptOf(List.of(UserMessage.from("Hello")));
        ReadingWish wish = endpoint.readingWish();
        endpoint.close();

        assertThatThrownBy(() -> endpoint.model().read(prompt, wish, CallContext.unlimited(), cached -> {}))
                .isInstanceOf(EndpointClosedException.class);
        assertThatThrownBy(() -> endpoint.model().readEnd(prompt, wish, CallContext.unlimited()))
                .isInstanceOf(EndpointClosedException.class);
        assertThatThrownBy(() -> OnnxPromptReader.over(endpoint).reading(wish))
                .isInstanceOf(EndpointClosedException.class);
    }

    @Test
    void aPromptThatIsRefusedIsNotRead() {
        ChatRequest longer = ChatRequest.builder()
                .messages(UserMessage.from("Hello"))
                .maxOutputTokens(1 << 20)
                .build();

        assertThat(endpoint.evidence(EvidenceKey.PROMPT_READING, Request.of(longer)))
                .isEmpty();
    }

    private PromptReading read(Request request) {
        return endpoint.evidence(EvidenceKey.PROMPT_READING, request).orElseThrow();
    }

    private static Optional<Long> shared(Reply reply) {
        return reply.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS);
    }

    private static HiddenStates states(Reply reply) {
        return reply.evidence().get(EvidenceKey.ANSWER_READING).orElseThrow();
    }

    private static Offset<Float> within(float offset) {
        return Offset.offset(offset);
    }
}
