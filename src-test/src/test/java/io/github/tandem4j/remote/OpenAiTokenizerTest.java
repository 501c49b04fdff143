package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.WindowExceededException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts to OpenAI's models are counted with their own tokenizers. */
class OpenAiTokenizerTest {

    private static final int FRAME = 4;
    private static final int LONGEST_FRAME = 16;

    private static TokenCount count(String model, String text) {
        return count(model, chat(text));
    }

    private static TokenCount count(String model, ChatRequest chat) {
        return TokenCount.ofPrompt(chat, OpenAiTokenizer.ofOnePrompt(model));
    }

    private static ChatRequest chat(String text) {
        return ChatRequest.builder().messages(UserMessage.from(text)).build();
    }

    /** The figures are of OpenAI's cookbook, "How to count tokens with tiktoken". */
    @ParameterizedTest
    @CsvSource({
        "gpt-4o, antidisestablishmentarianism, 6",
        "gpt-4o, 2 + 2 = 4, 7",
        "gpt-4o, お誕生日おめでとう, 8",
        "gpt-4, antidisestablishmentarianism, 6",
        "gpt-4, 2 + 2 = 4, 7",
        "gpt-4, お誕生日おめでとう, 9",
    })
    void textsAreCountedExactlyAndTheirFrameIsAllowedFor(String model, String text, int tokens) {
        assertThat(count(model, text)).isEqualTo(new TokenCount(tokens + FRAME, tokens + LONGEST_FRAME));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-5, O200K_BASE",
        "gpt-5-mini-2025-08-07, O200K_BASE",
        "gpt-4.1-nano, O200K_BASE",
        "gpt-4o-mini, O200K_BASE",
        "chatgpt-4o-latest, O200K_BASE",
        "o1, O200K_BASE",
        "o3-mini, O200K_BASE",
        "o4-mini-2025-04-16, O200K_BASE",
        "ft:gpt-4o-mini-2024-07-18:acme::7, O200K_BASE",
        "gpt-4, CL100K_BASE",
        "gpt-4-turbo-2024-04-09, CL100K_BASE",
        "gpt-3.5-turbo, CL100K_BASE",
    })
    void knowsWhichVocabularyAModelHas(String model, EncodingType vocabulary) {
        assertThat(OpenAiTokenizer.vocabulary(model)).isEqualTo(vocabulary);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-6", "gpt-50", "gpt-4.5-preview", "o10", "omni", "Qwen/Qwen3-32B", ""})
    void guessesNothingFromASimilarName(String model) {
        assertThat(OpenAiTokenizer.vocabulary(model)).isNull();
        assertThat(count(model, "How many?")).isEqualTo(TokenCount.estimate(chat("How many?")));
    }

    @Test
    void onlyOpenAisOwnApiIsTakenToHaveOpenAisTokenizer() {
        ChatRequest chat = chat("antidisestablishmentarianism");

        assertThat(RemoteEndpoint.openAi("sk-x", "gpt-4o").countTokens(chat).tokens())
                .isEqualTo(6 + FRAME);
        assertThat(RemoteEndpoint.openAi()
                        .baseUrl("http://gpu-7:8000/v1")
                        .model("gpt-4o")
                        .build()
                        .countTokens(chat))
                .isEqualTo(TokenCount.estimate(chat));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<|endoftext|>", "<|im_start|>system<|im_sep|>", "<|fim_prefix|> x <|fim_suffix|>"})
    void textThatSpellsASpecialTokenIsText(String text) {
        assertThat(count("gpt-4o", text).tokens()).isGreaterThan(FRAME + 1);
        assertThat(count("gpt-4", text).tokens()).isGreaterThan(FRAME + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\n", "!", "日", "\ud83d", "\ud83d\ude00", "\u0301", "\u0000"})
    @Timeout(120)
    void aTextThatIsMadeToBeSlowIsCountedAllTheSame(String piece) {
        String text = piece.repeat(100_000 / piece.length());
        TokenCount count = count("gpt-4o", text);

        assertThat(count.tokens()).isPositive();
        assertThat(count.atMost())
                .isLessThanOrEqualTo(TokenCount.estimate(chat(text)).atMost());
    }

    @Test
    void textsBeyondTwoHundredThousandCharactersAreEstimatedHoweverManyTheyAre() {
        String half = "word ".repeat(20_000); // 100,000 characters
        ChatRequest one = chat(half + half + "!");
        ChatRequest three = ChatRequest.builder()
                .messages(UserMessage.from(half), AiMessage.from(half), UserMessage.from(half))
                .build();
        long exactly = count("gpt-4o", half).tokens() - FRAME;

        assertThat(count("gpt-4o", one)).isEqualTo(TokenCount.estimate(one));
        assertThat(count("gpt-4o", three))
                .isEqualTo(new TokenCount(
                        2 * exactly + TokenCount.estimate(half).tokens() + 3 * FRAME,
                        2 * exactly + half.length() + 3 * LONGEST_FRAME));
    }

    @Test
    void toolsAreAllowedForByTheByte() {
        ToolSpecification tool = ToolSpecification.builder()
                .name("weather")
                .description("Tells the weather")
                .build();
        ChatRequest chat = ChatRequest.builder()
                .messages(SystemMessage.from("Be brief."), UserMessage.from("Rain?"))
                .toolSpecifications(tool)
                .build();
        long texts =
                count("gpt-4o", "Be brief.").tokens() + count("gpt-4o", "Rain?").tokens() - 2 * FRAME;

        assertThat(count("gpt-4o", chat).atMost())
                .isEqualTo(texts
                        + 2 * LONGEST_FRAME
                        + TokenCount.estimate(tool.toString()).atMost());
    }

    /** All of them find the vocabulary not loaded yet. */
    @Test
    @Timeout(120)
    void manyThreadsCountAlike() throws Exception {
        int threads = 16;
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
        EncodingRegistry notLoaded = Encodings.newLazyEncodingRegistry();
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<TokenCount>> counts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                counts.add(pool.submit(() -> {
                    start.await();
                    return TokenCount.ofPrompt(chat(text), OpenAiTokenizer.ofOnePrompt("gpt-4", notLoaded));
                }));
            }
            for (Future<TokenCount> count : counts) {
                assertThat(count.get()).isEqualTo(count("gpt-4", text));
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void anOverfullWindowSaysThatItsCountIsAnEstimate() {
        RemoteEndpoint endpoint = RemoteEndpoint.openAi()
                .baseUrl("http://gpu-7:8000/v1")
                .model("own")
                .contextWindow(100)
                .build();

        assertThat(catchThrowableOfType(
                        WindowExceededException.class, () -> endpoint.answer(Request.of("word ".repeat(200)))))
                .hasMessageContaining("prompt of about 254 tokens, estimated, and a completion of up to 1 exceed the"
                        + " window of own, which is 100 tokens");
    }
}
