package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.IMAGES;
import static io.github.tandem4j.ModelCapability.JSON_SCHEMA;
import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;
import static io.github.tandem4j.ModelCapability.TOOLS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.Budget;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Usd;
import io.github.tandem4j.loopback.LoopbackAnswer;
import io.github.tandem4j.loopback.LoopbackServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes over the wire when all is well, on the OpenAI protocol. */
class RemoteEndpointTest {

    private static final String QUESTION = "What is the capital of France?";

    private LoopbackServer server;

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("The capital of France is Paris.");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RemoteEndpoint.Builder endpoint() {
        return RemoteEndpoint.openAi()
                .apiKey("sk-loopback")
                .baseUrl(server.v1())
                .model("gpt-4o");
    }

    private static List<String> stream(RemoteEndpoint endpoint, List<Reply> reply) {
        List<String> pieces = new ArrayList<>();
        reply.add(endpoint.answer(Request.of(QUESTION), pieces::add));
        return pieces;
    }

    @Test
    void answersWithTextUsageAndFinishReason() {
        Reply reply = endpoint().build().answer(QUESTION);

        assertThat(reply.text()).isEqualTo("The capital of France is Paris.");
        assertThat(reply.author()).isEqualTo("gpt-4o");
        assertThat(reply.response().finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(reply.cost().inputTokens()).isEqualTo(11);
        assertThat(reply.cost().outputTokens()).isEqualTo(6);
        assertThat(server.lastRequest().path()).isEqualTo("/v1/chat/completions");
        assertThat(server.lastRequest().isStreaming()).isFalse();
        assertThat(server.lastRequest().prompt()).isEqualTo(QUESTION);
        assertThat(server.lastRequest().header("Authorization")).contains("Bearer sk-loopback");
    }

    @Test
    void streamsPieceByPieceAndAsksForUsage() {
        List<Reply> reply = new ArrayList<>();
        List<String> pieces = stream(endpoint().build(), reply);

        assertThat(pieces).containsExactly("The ", "capital ", "of ", "France ", "is ", "Paris.");
        assertThat(reply.get(0).text()).isEqualTo("The capital of France is Paris.");
        assertThat(reply.get(0).response().finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(reply.get(0).cost().inputTokens()).isEqualTo(11);
        assertThat(reply.get(0).cost().outputTokens()).isEqualTo(6);
        assertThat(server.lastRequest().isStreaming()).isTrue();
        assertThat(server.lastRequest()
                        .body()
                        .at("/stream_options/include_usage")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void feedsTheSinkOnTheCallersThread() {
        List<Thread> threads = new ArrayList<>();
        endpoint().build().answer(Request.of(QUESTION), piece -> threads.add(Thread.currentThread()));

        assertThat(threads).hasSize(6).containsOnly(Thread.currentThread());
    }

    @Test
    void neverGivesTheSinkHalfACharacter() {
        server.answer(request -> LoopbackAnswer.text("").withPieces(List.of("a\ud83d", "\ude00b", "c")));
        List<Reply> reply = new ArrayList<>();
        List<String> pieces = stream(endpoint().build(), reply);

        assertThat(pieces).containsExactly("a", "\ud83d\ude00b", "c");
        assertThat(reply.get(0).text()).isEqualTo("a\ud83d\ude00bc");
    }

    @Test
    void readsTheSameTokenScoresBlockingAndStreaming() {
        server.answer(request -> LoopbackAnswer.text("one two three").withLogProbabilities(-0.5, -0.0625, -3.25));
        RemoteEndpoint endpoint = endpoint().build();

        Reply blocking = endpoint.answer(QUESTION);
        List<Reply> streamed = new ArrayList<>();
        stream(endpoint, streamed);

        assertThat(server.requests())
                .allMatch(request -> request.body().path("logprobs").asBoolean());
        assertThat(scores(blocking).logProbabilities()).containsExactly(-0.5f, -0.0625f, -3.25f);
        assertThat(scores(streamed.get(0)).logProbabilities())
                .containsExactly(scores(blocking).logProbabilities());
        assertThat(blocking.confidence().value())
                .isEqualTo(streamed.get(0).confidence().value());
    }

    private static TokenScores scores(Reply reply) {
        return reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElseThrow();
    }

    @Test
    void asksForNoTokenScoresWhereTheModelCannotGiveThem() {
        RemoteEndpoint endpoint = endpoint().cannot(TOKEN_SCORES).build();
        Reply reply = endpoint.answer(QUESTION);

        assertThat(server.lastRequest().body().has("logprobs")).isFalse();
        assertThat(endpoint.profile().can(TOKEN_SCORES)).isFalse();
        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isEmpty();
        assertThat(reply.confidence().isKnown()).isFalse();
    }

    @Test
    void answersWithoutScoresWhereTheServerGivesNone() {
        server.answer(request -> LoopbackAnswer.text("").withToolCall("weather", "{}"));
        Reply reply = endpoint().build().answer(QUESTION);

        assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isEmpty();
    }

    @Test
    void sendsAReasoningModelItsLongestCompletionUnderItsOwnName() {
        endpoint().reasoning().maxOutputTokens(700).build().answer(QUESTION);

        JsonNode body = server.lastRequest().body();
        assertThat(body.path("max_completion_tokens").asInt()).isEqualTo(700);
        assertThat(body.has("max_tokens")).isFalse();
        assertThat(body.has("logprobs")).isFalse();
    }

    @Test
    void sendsOtherServersTheLongestCompletionThatTheyKnow() {
        endpoint().maxOutputTokens(700).build().answer(QUESTION);

        assertThat(server.lastRequest().body().path("max_tokens").asInt()).isEqualTo(700);
        assertThat(server.lastRequest().body().has("max_completion_tokens")).isFalse();
    }

    @Test
    void letsTheRequestsOwnLongestCompletionCount() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .maxOutputTokens(40)
                .build();
        endpoint().maxOutputTokens(700).build().answer(Request.of(chat));

        assertThat(server.lastRequest().body().path("max_tokens").asInt()).isEqualTo(40);
    }

    @Test
    void passesOpenAisOwnParametersThrough() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .parameters(OpenAiChatRequestParameters.builder()
                        .seed(7)
                        .temperature(0.25)
                        .maxCompletionTokens(90)
                        .build())
                .build();
        endpoint().build().answer(Request.of(chat));

        JsonNode body = server.lastRequest().body();
        assertThat(body.path("seed").asInt()).isEqualTo(7);
        assertThat(body.path("temperature").asDouble()).isEqualTo(0.25);
        assertThat(body.path("max_tokens").asInt()).isEqualTo(90);
    }

    @Test
    void asksItsOwnModelWhateverModelTheRequestNames() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .modelName("some-other-model")
                .build();
        endpoint().build().answer(Request.of(chat));

        assertThat(server.lastRequest().model()).isEqualTo("gpt-4o");
    }

    @Test
    void passesToolsThroughBothWays() {
        server.answer(request -> LoopbackAnswer.text("").withToolCall("weather", "{\"city\":\"Paris\"}"));
        ChatRequest chat = ChatRequest.builder()
                .messages(
                        UserMessage.from("Weather?"),
                        AiMessage.from(ToolExecutionRequest.builder()
                                .id("call_0")
                                .name("place")
                                .arguments("{}")
                                .build()),
                        ToolExecutionResultMessage.from("call_0", "place", "Paris"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("weather")
                        .description("Tells the weather")
                        .parameters(JsonObjectSchema.builder()
                                .addStringProperty("city")
                                .build())
                        .build())
                .build();
        RemoteEndpoint endpoint = endpoint().build();

        for (TokenSink sink : List.<TokenSink>of(TokenSink.NONE, piece -> {})) {
            Reply reply = endpoint.answer(Request.of(chat), sink);

            assertThat(reply.response().finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
            assertThat(reply.response().aiMessage().toolExecutionRequests())
                    .singleElement()
                    .satisfies(call -> {
                        assertThat(call.id()).isEqualTo("call_0");
                        assertThat(call.name()).isEqualTo("weather");
                        assertThat(call.arguments()).isEqualTo("{\"city\":\"Paris\"}");
                    });
            JsonNode body = server.lastRequest().body();
            assertThat(body.at("/tools/0/function/name").asText()).isEqualTo("weather");
            assertThat(body.at("/messages/1/tool_calls/0/function/name").asText())
                    .isEqualTo("place");
            assertThat(body.at("/messages/2/role").asText()).isEqualTo("tool");
        }
    }

    @Test
    void sendsAJsonSchemaAsOneToKeepTo() {
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("city")
                                .rootElement(JsonObjectSchema.builder()
                                        .addStringProperty("name")
                                        .required("name")
                                        .build())
                                .build())
                        .build())
                .build();
        endpoint().build().answer(Request.of(chat));

        JsonNode format = server.lastRequest().body().path("response_format");
        assertThat(format.path("type").asText()).isEqualTo("json_schema");
        assertThat(format.at("/json_schema/strict").asBoolean()).isTrue();
        assertThat(format.at("/json_schema/schema/properties/name/type").asText())
                .isEqualTo("string");
    }

    @Test
    void passesOnThatACompletionWasCutByItsLimit() {
        server.answer(request -> LoopbackAnswer.text("The capital of").cutByItsLimit());
        List<Reply> streamed = new ArrayList<>();
        stream(endpoint().build(), streamed);

        assertThat(endpoint().build().answer(QUESTION).response().finishReason())
                .isEqualTo(FinishReason.LENGTH);
        assertThat(streamed.get(0).response().finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void needsNoKeyBehindABaseUrlOfOnesOwn() {
        RemoteEndpoint.openAi().baseUrl(server.v1() + "/").model("own").build().answer(QUESTION);

        assertThat(server.lastRequest().header("Authorization")).isEmpty();
        assertThat(server.lastRequest().path()).isEqualTo("/v1/chat/completions");
    }

    @Test
    void pricesACallByItsReportedUsage() {
        server.answer(request -> LoopbackAnswer.text("Paris.").withUsage(1_000, 200));
        Reply reply = endpoint()
                .price(Price.perMillionTokens("2.50", "10.00"))
                .build()
                .answer(QUESTION);

        assertThat(reply.cost().usd()).isEqualTo(Usd.of("0.0045"));
        assertThat(reply.cost().unpricedCalls()).isZero();
    }

    @Test
    void saysThatAPriceIsNotKnown() {
        RemoteEndpoint endpoint =
                endpoint().prices(PriceTable.shipped()).model("nobody-7b").build();
        Reply reply = endpoint.answer(QUESTION);

        assertThat(endpoint.profile().price()).isEmpty();
        assertThat(endpoint).hasToString("nobody-7b (" + endpoint.profile() + ")");
        assertThat(endpoint.toString()).contains("price not known");
        assertThat(reply.cost().unpricedCalls()).isEqualTo(1);
        assertThat(reply.cost().toString()).contains("1 call without a price");
        assertThatThrownBy(() -> endpoint.answer(Request.of(QUESTION).spendAtMost("1.00")))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessageContaining("nobody-7b")
                .hasMessageContaining("no known price");
    }

    @Test
    void takesListPricesOnlyForTheProvidersOwnApi() {
        assertThat(RemoteEndpoint.openAi("sk-x", "gpt-4o").profile().price())
                .contains(Price.perMillionTokens("2.50", "10.00", "1.25"));
        assertThat(RemoteEndpoint.anthropic("sk-x", "claude-sonnet-4-20250514")
                        .profile()
                        .price())
                .contains(Price.perMillionTokens("3.00", "15.00", "0.30"));
        assertThat(endpoint().build().profile().price()).isEmpty();
        assertThat(endpoint().prices(PriceTable.shipped()).build().profile().price())
                .contains(Price.perMillionTokens("2.50", "10.00", "1.25"));
    }

    @Test
    void capsTheCompletionAtWhatTheBudgetCovers() {
        Budget budget = Budget.ofUsd("0.002");
        endpoint()
                .price(Price.perMillionTokens("2.50", "10.00"))
                .build()
                .answer(Request.of(QUESTION).within(budget));

        int sent = server.lastRequest().body().path("max_tokens").asInt();
        assertThat(sent).isBetween(16, 200);
        assertThat(budget.remaining().orElseThrow()).isGreaterThan(Usd.ZERO);
    }

    @Test
    void refusesBeforehandWhatTheBudgetDoesNotCover() {
        RemoteEndpoint endpoint = endpoint()
                .price(Price.perMillionTokens("2.50", "10.00"))
                .maxOutputTokens(1_000)
                .build();
        ChatRequest chat = ChatRequest.builder()
                .messages(UserMessage.from(QUESTION))
                .maxOutputTokens(1_000)
                .build();

        assertThatThrownBy(() -> endpoint.answer(Request.of(chat).spendAtMost("0.002")))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessageContaining("gpt-4o");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void isRemoteUnlessItIsVouchedFor() {
        Request confidential = Request.of(QUESTION).label(PrivacyLabel.LOCAL_ONLY);

        assertThatThrownBy(() -> endpoint().build().answer(confidential)).isInstanceOf(PrivacyException.class);
        assertThat(endpoint()
                        .onThisMachine()
                        .build()
                        .answer(confidential)
                        .cost()
                        .unpricedCalls())
                .isZero();
    }

    @Test
    void profilesWhatItIsTold() {
        RemoteEndpoint endpoint = endpoint()
                .id("large")
                .contextWindow(128_000)
                .maxOutputTokens(16_384)
                .can(IMAGES)
                .cannot(JSON_SCHEMA)
                .build();

        assertThat(endpoint.id()).isEqualTo("large");
        assertThat(endpoint.profile().provider()).isEqualTo("openai");
        assertThat(endpoint.profile().contextWindow()).hasValue(128_000);
        assertThat(endpoint.profile().maxOutputTokens()).hasValue(16_384);
        assertThat(endpoint.profile().capabilities()).containsExactlyInAnyOrder(TOOLS, IMAGES, TOKEN_SCORES);
    }
}
