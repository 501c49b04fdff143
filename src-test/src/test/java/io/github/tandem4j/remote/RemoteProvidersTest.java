package io.github.tandem4j.remote;

import static io.github.tandem4j.ModelCapability.TOKEN_SCORES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackServer;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Providers beside OpenAI, and what is said when something about an endpoint's setup is missing or wrong. */
class RemoteProvidersTest {

    private static final String QUESTION = "Who sang on the roof?";

    private LoopbackServer server;

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("The Beatles did.");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RemoteEndpoint.Builder anthropic() {
        return RemoteEndpoint.anthropic()
                .apiKey("sk-ant-x")
                .baseUrl(server.v1())
                .model("claude-sonnet-4-0");
    }

    private RemoteEndpoint.Builder ollama() {
        return RemoteEndpoint.ollama().baseUrl(server.url()).model("llama3.2");
    }

    private void answersBothWays(RemoteEndpoint endpoint) {
        List<String> pieces = new ArrayList<>();
        Reply blocking = endpoint.answer(QUESTION);
        Reply streamed = endpoint.answer(Request.of(QUESTION), pieces::add);

        assertThat(pieces).containsExactly("The ", "Beatles ", "did.");
        for (Reply reply : List.of(blocking, streamed)) {
            assertThat(reply.text()).isEqualTo("The Beatles did.");
            assertThat(reply.response().finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(reply.cost().inputTokens()).isEqualTo(11);
            assertThat(reply.cost().outputTokens()).isEqualTo(3);
            assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isEmpty();
        }
        assertThat(server.lastRequest().prompt()).isEqualTo(QUESTION);
        assertThat(endpoint.profile().can(TOKEN_SCORES)).isFalse();
    }

    @Test
    void anthropicAnswersBlockingAndStreaming() {
        answersBothWays(anthropic().build());

        assertThat(server.lastRequest().path()).isEqualTo("/v1/messages");
        assertThat(server.lastRequest().header("x-api-key")).contains("sk-ant-x");
        assertThat(server.lastRequest().model()).isEqualTo("claude-sonnet-4-0");
        assertThat(server.lastRequest().body().path("max_tokens").asInt()).isEqualTo(4096);
    }

    @Test
    void anthropicsLongestCompletionIsKnownToTheBudgets() {
        assertThat(anthropic().build().profile().maxOutputTokens()).hasValue(4096);
        assertThat(anthropic().maxOutputTokens(99).build().profile().maxOutputTokens())
                .hasValue(99);
    }

    @Test
    void ollamaAnswersBlockingAndStreaming() {
        answersBothWays(ollama().contextWindow(8192).maxOutputTokens(256).build());

        assertThat(server.lastRequest().path()).isEqualTo("/api/chat");
        assertThat(server.lastRequest().model()).isEqualTo("llama3.2");
        assertThat(server.lastRequest().body().at("/options/num_ctx").asInt()).isEqualTo(8192);
        assertThat(server.lastRequest().body().at("/options/num_predict").asInt())
                .isEqualTo(256);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aStreamThatIsCutIsRetriableForAllOfThem(int events) {
        server.fault(Fault.cutInside(events));
        for (RemoteEndpoint endpoint : List.of(anthropic().build(), ollama().build())) {
            assertThat(catchThrowableOfType(
                            TransientException.class, () -> endpoint.answer(Request.of(QUESTION), piece -> {})))
                    .hasMessageContaining(endpoint.id());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aStreamThatEndsEarlyIsRetriableForAllOfThem(int events) {
        server.fault(Fault.endEarly(events));
        for (RemoteEndpoint endpoint : List.of(anthropic().build(), ollama().build())) {
            assertThat(catchThrowableOfType(
                            TransientException.class, () -> endpoint.answer(Request.of(QUESTION), piece -> {})))
                    .hasMessageContaining("ended before the answer did");
        }
    }

    @Test
    void anErrorInAStreamIsRetriableForAllOfThem() {
        server.fault(Fault.badEvent(1, "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}"));
        for (RemoteEndpoint endpoint : List.of(anthropic().build(), ollama().build())) {
            assertThat(catchThrowableOfType(
                            TransientException.class, () -> endpoint.answer(Request.of(QUESTION), piece -> {})))
                    .hasMessageContaining("overloaded_error");
        }
    }

    @Test
    void aRefusedKeyOfAnthropicsIsAMatterOfConfiguration() {
        server.fault(Fault.status(401, "authentication_error", "invalid x-api-key"));

        assertThatThrownBy(() -> anthropic().build().answer(QUESTION))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(server.v1() + " answered HTTP 401")
                .hasMessageContaining("authentication_error");
    }

    @Test
    void theAnswersTextIsWhatTheSinkWasGiven() {
        List<String> given = new ArrayList<>();
        StreamedAnswer answer = new StreamedAnswer(given::add, new StreamedScores(data -> List.of()));
        for (String block : List.of("Two ", "blocks.")) {
            answer.onPartialResponse(new PartialResponse(block), new PartialResponseContext(NOT_CANCELLED));
        }
        answer.onCompleteResponse(ChatResponse.builder()
                .aiMessage(AiMessage.from("Two \nblocks."))
                .finishReason(FinishReason.STOP)
                .build());

        assertThat(answer.response())
                .extracting(ChatResponse::aiMessage)
                .hasFieldOrPropertyWithValue("text", "Two blocks.");
    }

    private static final StreamingHandle NOT_CANCELLED = new StreamingHandle() {
        @Override
        public void cancel() {
            throw new AssertionError("nothing is wrong");
        }

        @Override
        public boolean isCancelled() {
            return false;
        }
    };

    @Test
    void saysThatAKeyIsMissing() {
        assertThatThrownBy(() -> RemoteEndpoint.openAi().model("gpt-4o").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("gpt-4o has no API key");
        assertThatThrownBy(() -> RemoteEndpoint.openAi(null, "gpt-4o"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("gpt-4o has no API key");
        assertThatThrownBy(() -> RemoteEndpoint.anthropic("  ", "claude-sonnet-4-0"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no API key");
    }

    @Test
    void saysWhereAKeyIsMalformedWithoutShowingIt() {
        assertThatThrownBy(() -> RemoteEndpoint.openAi("sk-secret\n", "gpt-4o"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("position 9")
                .hasMessageNotContaining("secret");
    }

    @Test
    void neverShowsTheKey() {
        RemoteEndpoint endpoint = RemoteEndpoint.openAi("sk-secret", "gpt-4o");
        Settings settings = new Settings(
                "large",
                Provider.OPEN_AI,
                "gpt-4o",
                "sk-secret",
                "http://localhost",
                false,
                false,
                true,
                null,
                null,
                new Limits(Duration.ofMinutes(1), null, Limits.USUAL_RESPONSE_BYTES),
                SharedHttpClient::get);

        assertThat(endpoint.toString()).doesNotContain("secret").contains("gpt-4o");
        assertThat(settings.toString()).doesNotContain("secret").contains("gpt-4o");
    }

    @Test
    void saysThatAProviderHasNoTokenScores() {
        assertThatThrownBy(() -> ollama().can(TOKEN_SCORES).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("llama3.2 is said to give TOKEN_SCORES");
    }

    @Test
    void saysThatAModelIsMissing() {
        assertThatThrownBy(() -> RemoteEndpoint.openAi().apiKey("x").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no model");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "localhost:8000/v1 | valid is an http or https URL",
                "ftp://host/v1 | valid is an http or https URL",
                "http://a b/ | is no URL",
                "http://me:hush@host/v1 | holds a user's name or password",
                "http://host/v1?key=hush | has a query or a fragment",
            })
    void saysWhatIsWrongWithABaseUrl(String url, String message) {
        assertThatThrownBy(() -> RemoteEndpoint.openAi().baseUrl(url).model("m").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "P2D"})
    void refusesATimeoutThatIsNone(Duration timeout) {
        assertThatThrownBy(() ->
                        RemoteEndpoint.ollama().model("m").timeout(timeout).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("timeout of m is " + timeout);
    }

    @ParameterizedTest
    @CsvSource({
        "openAi, langchain4j-open-ai",
        "anthropic, langchain4j-anthropic",
    })
    void namesTheMavenArtifactThatIsMissing(String provider, String artifact) throws Exception {
        try (URLClassLoader without = classPathWithout(artifact)) {
            Class<?> type = without.loadClass(RemoteEndpoint.class.getName());
            assertThatThrownBy(() ->
                            type.getMethod(provider, String.class, String.class).invoke(null, "key", "the-model"))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .hasMessageContaining("the-model")
                    .hasMessageContaining("dev.langchain4j:" + artifact);
        }
    }

    @Test
    void needsOnlyTheModuleOfTheProviderThatIsUsed() throws Exception {
        try (URLClassLoader without = classPathWithout("langchain4j-anthropic", "langchain4j-ollama")) {
            Object endpoint = without.loadClass(RemoteEndpoint.class.getName())
                    .getMethod("openAi", String.class, String.class)
                    .invoke(null, "key", "the-model");
            assertThat(endpoint.toString()).contains("the-model");
        }
        try (URLClassLoader without = classPathWithout("langchain4j-open-ai", "langchain4j-anthropic")) {
            Object endpoint = without.loadClass(RemoteEndpoint.class.getName())
                    .getMethod("ollama", String.class)
                    .invoke(null, "the-model");
            assertThat(endpoint.toString()).contains("the-model");
        }
    }

    private static URLClassLoader classPathWithout(String... artifacts) throws MalformedURLException {
        List<URL> rest = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String file = Path.of(entry).getFileName().toString();
            if (List.of(artifacts).stream().noneMatch(file::startsWith)) {
                rest.add(Path.of(entry).toUri().toURL());
            }
        }
        return new URLClassLoader(rest.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
