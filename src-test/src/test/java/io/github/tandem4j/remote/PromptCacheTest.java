package io.github.tandem4j.remote;

import static io.github.tandem4j.remote.Loopback.QUESTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicChatResponseMetadata;
import dev.langchain4j.model.anthropic.AnthropicTokenUsage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Budget;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Price;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Usd;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.loopback.Protocol;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prompt tokens that a provider had in its cache are billed as such. */
class PromptCacheTest {

    private static final Price PRICE = Price.perMillionTokens("2.50", "10.00", "1.25");
    private static final List<TokenSink> BOTH_WAYS = List.of(TokenSink.NONE, Loopback.LISTENING);

    private LoopbackServer server;

    @BeforeEach
    void start() {
        server = LoopbackServer.answering(
                request -> LoopbackAnswer.text("Again.").withUsage(1_000, 10).withCachedInput(800));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"OPEN_AI", "ANTHROPIC"})
    void cachedTokensAreCountedOnceAndCostLess(Protocol protocol) {
        RemoteEndpoint endpoint =
                Loopback.endpoint(protocol, server).price(PRICE).build();
        for (TokenSink sink : BOTH_WAYS) {
            Reply reply = endpoint.answer(Request.of(QUESTION), sink);

            assertThat(reply.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS)).contains(800L);
            assertThat(reply.cost().inputTokens()).isEqualTo(1_000);
            assertThat(reply.cost().outputTokens()).isEqualTo(10);
            // 200 at 2.50, 800 at 1.25 and 10 at 10.00 a million
            assertThat(reply.cost().usd()).isEqualTo(Usd.of("0.0016"));
            assertThat(reply.response().tokenUsage().inputTokenCount()).isEqualTo(1_000);
        }
    }

    @Test
    void anthropicsOwnFiguresAreKept() {
        RemoteEndpoint endpoint = Loopback.endpoint(Protocol.ANTHROPIC, server).build();
        for (TokenSink sink : BOTH_WAYS) {
            Reply reply = endpoint.answer(Request.of(QUESTION), sink);

            assertThat(reply.response().metadata()).isInstanceOf(AnthropicChatResponseMetadata.class);
            assertThat(reply.response().id()).startsWith("msg_");
            assertThat(((AnthropicTokenUsage) reply.response().tokenUsage()).cacheReadInputTokens())
                    .isEqualTo(800);
        }
    }

    @Test
    void aPriceWithoutACachedOneIsTheFullOne() {
        Reply reply = Loopback.endpoint(Protocol.OPEN_AI, server)
                .price(Price.perMillionTokens("2.50", "10.00"))
                .build()
                .answer(QUESTION);

        assertThat(reply.cost().usd()).isEqualTo(Usd.of("0.0026"));
    }

    @Test
    void nothingIsSaidOfACacheThatWasNotUsed() {
        server.answer(request -> LoopbackAnswer.text("First."));
        for (Protocol protocol : Protocol.values()) {
            assertThat(Loopback.endpoint(protocol, server)
                            .build()
                            .answer(QUESTION)
                            .evidence()
                            .get(EvidenceKey.CACHED_INPUT_TOKENS))
                    .isEmpty();
        }
    }

    @Test
    void whatIsOnlyWrittenIntoACacheIsNotReadFromIt() {
        server.fault(Fault.body(
                200,
                "application/json",
                "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"own\",\"stop_reason\":\"end_turn\","
                        + "\"content\":[{\"type\":\"text\",\"text\":\"First.\"}],\"usage\":{\"input_tokens\":20,"
                        + "\"cache_creation_input_tokens\":980,\"cache_read_input_tokens\":0,\"output_tokens\":10}}"));
        Reply reply = Loopback.endpoint(Protocol.ANTHROPIC, server)
                .price(PRICE)
                .build()
                .answer(QUESTION);

        assertThat(reply.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS)).isEmpty();
        assertThat(reply.cost().inputTokens()).isEqualTo(1_000);
        assertThat(reply.cost().usd()).isEqualTo(PRICE.of(1_000, 10));
    }

    @Test
    void aProviderThatClaimsMoreThanThePromptIsNotBelieved() {
        server.answer(
                request -> LoopbackAnswer.text("Again.").withUsage(100, 10).withCachedInput(800));
        Reply reply =
                Loopback.endpoint(Protocol.OPEN_AI, server).price(PRICE).build().answer(QUESTION);

        assertThat(reply.cost().usd()).isEqualTo(PRICE.of(100, 10, 100));
    }

    @Test
    void theWorstCaseIsReservedAsIfThereWereNoCache() {
        Budget budget = Budget.ofUsd("0.10");
        RemoteEndpoint endpoint =
                Loopback.endpoint(Protocol.OPEN_AI, server).price(PRICE).build();
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .maxOutputTokens(100)
                .build();
        long atMost = endpoint.countTokens(chat).atMost();
        Usd[] left = new Usd[1];
        server.answer(request -> {
            left[0] = budget.remaining().orElseThrow();
            return LoopbackAnswer.text("Again.").withUsage(20, 10).withCachedInput(16);
        });

        Reply reply = endpoint.answer(Request.of(chat).within(budget));

        assertThat(left[0]).isEqualTo(Usd.of("0.10").minus(PRICE.of(atMost, 100)));
        assertThat(budget.remaining())
                .contains(Usd.of("0.10").minus(reply.cost().usd()));
        assertThat(reply.cost().usd()).isEqualTo(PRICE.of(20, 10, 16));
    }
}
