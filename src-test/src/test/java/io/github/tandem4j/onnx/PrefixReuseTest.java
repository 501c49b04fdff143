package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that go on from what earlier ones have fed, held to an endpoint that keeps nothing. */
class PrefixReuseTest {
    /** Too short for a branch of its own where its text has other tokens than it was made of. */
    private static final int ANSWER = 12;

    private static final String SYSTEM = TinyLlama.text(200, 11);

    @TempDir
    static Path place;

    private static Path directory;
    private static OnnxEndpoint forgetful;
    private OnnxEndpoint endpoint;

    @BeforeAll
    static void write() throws IOException {
        directory = TinyLlama.of(TensorType.F32).importInto(place, Weights.EXACT);
        forgetful = builder().keepPrefills(0, 0, Duration.ofMinutes(1)).open();
    }

    @AfterAll
    static void closeForgetful() {
        forgetful.close();
    }

    @BeforeEach
    void open() {
        endpoint = builder().open();
    }

    @AfterEach
    void close() {
        endpoint.close();
        assertThat(endpoint.model().decoder().memory().live()).isZero();
    }

    private static OnnxEndpoint.Builder builder() {
        return OnnxEndpoint.builder(directory)
                .id("tiny")
                .threads(1)
                .decoding(Decoding.greedy().maxTokens(ANSWER).pastTurnEnds());
    }

    /** A conversation, which checks each turn against the endpoint that keeps nothing. */
    private static final class Talk {
        private final OnnxEndpoint endpoint;
        private final String tenant;
        private final List<ChatMessage> messages = new ArrayList<>();

        Talk(OnnxEndpoint endpoint, String tenant, String system) {
            this.endpoint = endpoint;
            this.tenant = tenant;
            messages.add(SystemMessage.from(system));
        }

        /** Another one that has begun the same. */
        Talk branch() {
            Talk branch = new Talk(endpoint, tenant, SYSTEM);
            branch.messages.clear();
            branch.messages.addAll(messages);
            return branch;
        }

        int promptTokens(String user) {
            return endpoint.promptOf(with(user)).length;
        }

        private List<ChatMessage> with(String user) {
            List<ChatMessage> all = new ArrayList<>(messages);
            all.add(UserMessage.from(user));
            return all;
        }

        /** Gives how many tokens were taken over. */
        long say(String user) {
            messages.add(UserMessage.from(user));
            Request request =
                    Request.of(ChatRequest.builder().messages(messages).build());
            Reply reply = endpoint.answer(tenant.isEmpty() ? request : request.tenant(tenant));
            Reply alone = forgetful.answer(request);
            assertThat(reply.text()).isEqualTo(alone.text());
            sameScores(scores(reply), scores(alone));
            assertThat(alone.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS)).isEmpty();
            messages.add(AiMessage.from(reply.text()));
            return shared(reply);
        }
    }

    @Test
    void aNextTurnFeedsOnlyWhatIsNew() {
        Talk talk = new Talk(endpoint, "", SYSTEM);
        assertThat(talk.say("Hello there")).isZero();
        int before = talk.promptTokens("And then?");
        long fed = endpoint.model().decoder().fed();

        long shared = talk.say("And then?");

        // The answer's last token was never fed. Its others come back as they were if the text has the same tokens.
        int common = commonTokens(talk);
        assertThat(shared).isEqualTo(common).isGreaterThan(SYSTEM.length());
        assertThat(endpoint.model().decoder().fed() - fed).isEqualTo(before - shared + ANSWER - 1);
        assertThat(endpoint.model().prefills().kept())
                .as("the first turn's is the second's")
                .isEqualTo(1);
    }

    /** Of the first turn with its answer, and the second's prompt. */
    private int commonTokens(Talk talk) {
        int[] first = endpoint.promptOf(talk.messages.subList(0, 2));
        int[] answer = forgetful
                .model()
                .generate(first, Decoding.greedy().maxTokens(ANSWER).pastTurnEnds())
                .tokenIds();
        int[] held = IntStream.concat(Arrays.stream(first), Arrays.stream(answer, 0, ANSWER - 1))
                .toArray();
        return Arrays.mismatch(held, endpoint.promptOf(talk.messages.subList(0, 4)));
    }

    @Test
    void aGenerationSaysHowMuchItTookOver() {
        try (OnnxEndpoint own = builder().open()) {
            Decoding three = Decoding.greedy().maxTokens(3).pastTurnEnds();
            int[] prompt = IntStream.range(0, 50).map(i -> 3 + i).toArray();
            int[] longer = IntStream.range(0, 70).map(i -> 3 + i).toArray();
            assertThat(own.model().generate(prompt, three).sharedPromptTokens()).isZero();
            assertThat(own.model().generate(prompt, three).sharedPromptTokens()).isEqualTo(50);
            assertThat(own.model().generate(longer, three).sharedPromptTokens()).isEqualTo(50);
            assertThat(own.model().generate(prompt, three).sharedPromptTokens())
                    .as("the last one is fed")
                    .isEqualTo(49);
        }
    }

    @Test
    void interleavedConversationsUnderOneSystemPromptKeepTheirOwn() {
        List<Talk> talks = IntStream.range(0, 3)
                .mapToObj(i -> new Talk(endpoint, "", SYSTEM))
                .toList();
        long[] prompts = new long[3];
        for (int turn = 0; turn < 4; turn++) {
            for (int i = 0; i < 3; i++) {
                String words = "Word " + i + " of turn " + turn;
                int prompt = talks.get(i).promptTokens(words);
                long shared = talks.get(i).say(words);
                if (turn == 0 && i > 0) {
                    assertThat(shared).as("the system prompt").isGreaterThan(SYSTEM.length());
                }
                if (turn > 0) {
                    assertThat(shared).as("the turns before").isGreaterThanOrEqualTo(prompts[i]);
                }
                prompts[i] = prompt;
            }
        }
        assertThat(endpoint.model().prefills().kept()).isEqualTo(3);
    }

    @Test
    void twoBranchesOfAConversationKeepTheirOwn() {
        Talk left = new Talk(endpoint, "", SYSTEM);
        left.say("Begin");
        Talk right = left.branch();
        int common = left.promptTokens("?");
        left.say("To the left, where the long road goes");
        right.say("And to the right, past the mill");
        int leftPrompt = left.promptTokens("?");
        int rightPrompt = right.promptTokens("?");

        assertThat(left.say("On")).isGreaterThan(common + 30).isLessThan(leftPrompt);
        assertThat(right.say("On")).isGreaterThan(common + 30).isLessThan(rightPrompt);
    }

    @Test
    void tenantsNeverSeeEachOthers() {
        Talk left = new Talk(endpoint, "left", SYSTEM);
        Talk right = new Talk(endpoint, "right", SYSTEM);
        Talk nobody = new Talk(endpoint, "", SYSTEM);

        assertThat(left.say("Hello")).isZero();
        assertThat(right.say("Hello")).isZero();
        assertThat(nobody.say("Hello")).isZero();
        assertThat(left.say("Again")).isPositive();
        assertThat(right.say("Again")).isPositive();
        assertThat(nobody.say("Again")).isPositive();
    }

    @Test
    void whoHoldsTheMostIsTheFirstToLoseSomething() {
        Talk quiet = new Talk(endpoint, "quiet", SYSTEM);
        quiet.say("Hello");
        for (int i = 0; i < 12; i++) {
            new Talk(endpoint, "loud", TinyLlama.text(150, i)).say("Hello");
        }

        assertThat(endpoint.model().prefills().kept()).isEqualTo(8);
        assertThat(quiet.say("Are you still there?")).isGreaterThan(SYSTEM.length());
    }

    @Test
    void aMeanOverAllTokensIsNotReadFromARest() {
        Talk talk = new Talk(endpoint, "", SYSTEM);
        talk.say("Hello");
        Request next = Request.of(
                ChatRequest.builder().messages(talk.with("And then?")).build());
        int prompt = talk.promptTokens("And then?");
        Request means = next.evidence(
                EvidenceKey.PROMPT_READING_WISH, ReadingWish.none().mean(1).last(1));
        Request lasts = next.evidence(
                EvidenceKey.PROMPT_READING_WISH, ReadingWish.none().last(1).lastFinal());

        long fed = endpoint.model().decoder().fed();
        PromptReading last = read(endpoint, lasts);
        assertThat(endpoint.model().decoder().fed() - fed).isLessThan(prompt - SYSTEM.length());
        PromptReading mean = read(endpoint, means);
        assertThat(endpoint.model().decoder().fed() - fed).isGreaterThan(prompt);

        close(last, read(forgetful, lasts));
        close(mean, read(forgetful, means));
        assertThat(talk.say("And then?")).isEqualTo(prompt);
    }

    private static PromptReading read(OnnxEndpoint from, Request request) {
        return from.evidence(EvidenceKey.PROMPT_READING, request).orElseThrow();
    }

    private static void close(PromptReading reading, PromptReading expected) {
        for (String name : expected.states().names()) {
            assertThat(reading.states().vector(name))
                    .containsExactly(expected.states().vector(name), Offset.offset(1e-3f));
        }
        assertThat(reading.nextToken().entropy()).isCloseTo(expected.nextToken().entropy(), Offset.offset(1e-3));
    }

    @Test
    void whatACancelledCallHasFedIsGoneOnFrom() {
        Cancellation cancellation = Cancellation.create();
        String words = TinyLlama.text(100, 3);
        Request request = Request.of(words);
        int[] heard = {0};

        assertThatThrownBy(() -> endpoint.answer(request.cancelledBy(cancellation), piece -> {
                    if (++heard[0] == 5) {
                        cancellation.cancel();
                    }
                }))
                .isInstanceOf(CallCancelledException.class);
        assertThatThrownBy(() -> endpoint.answer(request, piece -> {
                    throw new IllegalStateException("full");
                }))
                .hasMessageContaining("full");

        Reply retry = endpoint.answer(request);
        assertThat(shared(retry)).isEqualTo(endpoint.promptOf(List.of(UserMessage.from(words))).length);
        assertThat(retry.text()).isEqualTo(forgetful.answer(request).text());
    }

    @Test
    void conversationsAtTheSameTimeSayWhatTheyWouldSayAlone() {
        List<CompletableFuture<Long>> talks = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            Talk talk = new Talk(endpoint, i % 3 == 0 ? "third" : "", i % 2 == 0 ? SYSTEM : "Short");
                            long shared = 0;
                            for (int turn = 0; turn < 4; turn++) {
                                shared += talk.say("Word " + (i / 2) + " of turn " + turn);
                                if (turn == 1) {
                                    shared += talk.branch().say("Elsewhere");
                                }
                            }
                            return shared;
                        },
                        task -> new Thread(task).start()))
                .toList();

        assertThat(talks).allSatisfy(talk -> assertThat(talk.join()).isPositive());
        CacheMemory memory = endpoint.model().decoder().memory();
        assertThat(memory.live()).isEqualTo(endpoint.model().prefills().kept() + memory.idle());
    }

    @Test
    void aLongPromptThatIsFedInChunksBehindAPrefixPredictsTheSame() {
        Talk talk = new Talk(endpoint, "", TinyLlama.text(1_300, 17));
        assertThat(talk.say(TinyLlama.text(900, 18))).isZero();
        assertThat(talk.say(TinyLlama.text(1_000, 19))).isGreaterThan(1_500);
    }

    private static TokenScores scores(Reply reply) {
        return reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElseThrow();
    }

    private static void sameScores(TokenScores scores, TokenScores expected) {
        assertThat(scores.logProbabilities()).containsExactly(expected.logProbabilities(), Offset.offset(1e-3f));
        assertThat(scores.entropies()).containsExactly(expected.entropies(), Offset.offset(1e-3f));
        assertThat(scores.margins()).containsExactly(expected.margins(), Offset.offset(1e-3f));
    }

    private static long shared(Reply reply) {
        return reply.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS).orElse(0L);
    }
}
