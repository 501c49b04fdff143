package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.WindowExceededException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller is told when the exchange goes wrong. Every failure is shown blocking and streaming. */
class RemoteFailureTest {

    private static final String KEY = "sk-proj-VeryPrivateKey0123456789";
    private static final String QUESTION = "Where did Marguerite hide the emerald necklace?";

    private LoopbackServer server;

    @BeforeEach
    void start() {
        server = LoopbackServer.answering("In the piano of the blue room.");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Calls both ways, and shows on the way that both fail alike and give nothing away. */
    private <E extends TandemException> E failure(Class<E> type) {
        return failure(type, RemoteEndpoint.openAi().baseUrl(server.v1()));
    }

    private static <E extends TandemException> E failure(Class<E> type, RemoteEndpoint.Builder builder) {
        RemoteEndpoint endpoint =
                builder.apiKey(KEY).model("gpt-4o").id("large").build();
        E blocking = catchThrowableOfType(type, () -> endpoint.answer(Request.of(QUESTION), TokenSink.NONE));
        E streaming = catchThrowableOfType(type, () -> endpoint.answer(Request.of(QUESTION), piece -> {}));
        assertThat(blocking).as("failure of the blocking call").isNotNull();
        assertThat(streaming).as("failure of the streaming call").isNotNull();
        for (E failure : List.of(blocking, streaming)) {
            assertThat(failure).hasMessageContaining("large");
            assertThat(everythingPrinted(failure))
                    .doesNotContain(KEY, KEY.substring(8, 16))
                    .doesNotContainIgnoringCase("Marguerite", "emerald");
            assertThat(failure.trace().orElseThrow().toString()).doesNotContain(KEY, "Marguerite");
        }
        return blocking;
    }

    private static String everythingPrinted(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aRefusedKeyIsAMatterOfConfiguration(int status) {
        server.fault(Fault.status(status, "invalid_api_key", "Incorrect API key provided: sk-proj-Very*****6789."));

        assertThat(failure(ConfigurationException.class))
                .hasMessageContaining("HTTP " + status)
                .hasMessageContaining("gpt-4o")
                .hasMessageContaining("invalid_api_key")
                .hasMessageContaining("check the API key");
    }

    @Test
    void anUnknownModelIsAMatterOfConfiguration() {
        server.fault(Fault.status(404, "model_not_found", "The model `gpt-4o` does not exist"));

        assertThat(failure(ConfigurationException.class))
                .hasMessageContaining("HTTP 404")
                .hasMessageContaining("The model `gpt-4o` does not exist")
                .hasMessageContaining(server.v1());
    }

    @Test
    void aRedirectIsNotFollowed() {
        server.fault(Fault.body(302, "text/html", "").with("Location", "http://127.0.0.1:1/steal"));

        assertThat(failure(ConfigurationException.class)).hasMessageContaining("redirects are not followed");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 422})
    void aRefusedRequestSaysWhatTheProviderSaid(int status) {
        server.fault(Fault.status(status, "invalid_request_error", "temperature must be at most 2"));

        assertThat(failure(RejectedRequestException.class))
                .hasMessageContaining("HTTP " + status)
                .hasMessageContaining("(invalid_request_error): \"temperature must be at most 2\"");
    }

    @Test
    void aPromptThatIsTooLongIsToldAsSuch() {
        server.fault(Fault.status(400, "context_length_exceeded", "maximum context length is 8192 tokens"));

        assertThat(failure(WindowExceededException.class)).hasMessageContaining("8192");
    }

    @Test
    void aProviderThatQuotesThePromptIsNotQuoted() {
        server.fault(Fault.status(
                422, "validation_error", "input should be shorter: 'where did MARGUERITE hide the emerald'"));

        assertThat(failure(RejectedRequestException.class))
                .hasMessageContaining("HTTP 422")
                .hasMessageContaining("(validation_error)")
                .hasMessageNotContaining("input should be shorter");
    }

    @Test
    void aModelWithoutLogProbabilitiesNamesTheSetting() {
        server.fault(Fault.status(400, "unsupported_parameter", "logprobs are not supported with this model"));

        assertThat(failure(ConfigurationException.class))
                .hasMessageContaining("cannot(TOKEN_SCORES)")
                .hasMessageContaining("reasoning()");
    }

    @Test
    void aLongestCompletionThatABudgetSetNamesTheSetting() {
        server.fault(Fault.status(
                400, "invalid_value", "max_tokens is too large: 33333. This model supports at most 16384 tokens."));

        assertThat(failure(RejectedRequestException.class))
                .hasMessageContaining("33333")
                .hasMessageContaining("maxOutputTokens(..)");
    }

    @Test
    void aReasoningModelNamesTheSetting() {
        server.fault(Fault.status(
                400, "unsupported_parameter", "'max_tokens' is not supported. Use 'max_completion_tokens' instead."));

        assertThat(failure(ConfigurationException.class)).hasMessageContaining("build the endpoint with reasoning()");
    }

    @Test
    void aLongestCompletionThatIsTooLongIsAMatterOfTheRequest() {
        server.fault(Fault.status(400, "invalid_value", "max_tokens is too large: this model makes at most 16384"));

        assertThat(failure(RejectedRequestException.class)).hasMessageContaining("at most 16384");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 409, 429, 500, 502, 503, 529})
    void whatMayPassIsRetriable(int status) {
        server.fault(Fault.status(status, "server_error", "come back later"));

        TransientException failure = failure(TransientException.class);
        assertThat(failure)
                .hasMessageContaining("HTTP " + status)
                .hasMessageContaining("gpt-4o")
                .hasMessageContaining("come back later");
        assertThat(failure.isRetriable()).isTrue();
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void anErrorWithoutJsonIsToldByItsStatus() {
        server.fault(Fault.body(503, "text/html", "<html>Where did Marguerite hide " + KEY + "</html>"));

        assertThat(failure(TransientException.class)).hasMessageContaining("HTTP 503");
    }

    @Test
    void aConnectionThatBreaksOffBeforeTheAnswerIsRetriable() {
        server.fault(Fault.cutBefore());

        assertThat(failure(TransientException.class)).hasMessageContaining(server.v1());
    }

    @Test
    void aConnectionThatBreaksOffInsideTheAnswerIsRetriable() {
        server.fault(Fault.cutInside(2));

        assertThat(failure(TransientException.class)).hasMessageContaining("broke off");
    }

    @Test
    void aBodyThatSaysItIsJsonAndIsNotIsRetriable() {
        server.fault(Fault.body(200, "application/json", "{\"choices\": [{\"mess"));

        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();
        assertThat(catchThrowableOfType(TransientException.class, () -> endpoint.answer(QUESTION)))
                .hasMessageContaining("no JSON object");
    }

    @Test
    void aPageInPlaceOfAnAnswerIsAMatterOfConfiguration() {
        server.fault(Fault.body(200, "text/html; charset=utf-8", "<html>Welcome to the hotel's network</html>"));

        assertThat(failure(ConfigurationException.class))
                .hasMessageContaining("text/html")
                .hasMessageContaining("check the base URL");
    }

    @Test
    void jsonThatIsNoAnswerIsNoAnswer() {
        server.fault(Fault.body(200, "application/json", "{\"status\":\"ok\"}"));

        assertThat(failure(TandemException.class)).hasMessageContaining("large");
    }

    @Test
    void jsonOfAnotherProtocolIsAMatterOfConfiguration() {
        server.fault(Fault.body(200, "application/json", "{\"choices\":\"Where did Marguerite hide it?\"}"));

        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> endpoint.answer(QUESTION)))
                .hasMessageContaining("not of openai's protocol")
                .hasMessageNotContaining("Marguerite");
    }

    @Test
    void anErrorInAnAnswerThatHadBegunIsRetriable() {
        String error = "{\"error\":{\"message\":\"Marguerite\",\"type\":\"server_error\",\"code\":\"overloaded\"}}";
        server.fault(Fault.body(200, "application/json", error));
        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();
        assertThat(catchThrowableOfType(TransientException.class, () -> endpoint.answer(QUESTION)))
                .hasMessageContaining("server_error, overloaded")
                .hasMessageNotContaining("Marguerite");

        server.fault(Fault.badEvent(2, error));
        List<String> pieces = new ArrayList<>();
        assertThat(catchThrowableOfType(
                        TransientException.class, () -> endpoint.answer(Request.of(QUESTION), pieces::add)))
                .hasMessageContaining("server_error, overloaded");
        assertThat(pieces).containsExactly("In ", "the ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "false", "\"\"", "{}", "[]"})
    void anErrorThatIsNoneIsNoFailure(String none) {
        server.fault(Fault.body(
                200,
                "application/json",
                "{\"id\":\"1\",\"error\":" + none + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                        + "\"content\":\"In the piano.\"},\"finish_reason\":\"stop\"}]}"));

        assertThat(RemoteEndpoint.openAi()
                        .baseUrl(server.v1())
                        .model("gpt-4o")
                        .build()
                        .answer(QUESTION)
                        .text())
                .isEqualTo("In the piano.");
    }

    @Test
    void anEventThatIsNoJsonEndsTheStream() {
        server.fault(Fault.badEvent(2, "{\"choices\":[{\"del"));
        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();
        List<String> pieces = new ArrayList<>();

        assertThat(catchThrowableOfType(
                        TransientException.class, () -> endpoint.answer(Request.of(QUESTION), pieces::add)))
                .hasMessageContaining("an event that is no JSON object");
        assertThat(pieces).containsExactly("In ", "the ");
    }

    @Test
    void aStreamThatEndsBeforeTheAnswerDoesIsNotTakenForAWholeAnswer() {
        server.fault(Fault.endEarly(3));
        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();

        assertThat(catchThrowableOfType(
                        TransientException.class, () -> endpoint.answer(Request.of(QUESTION), piece -> {})))
                .hasMessageContaining("ended before the answer did");
    }

    @Test
    void aRefusedConnectionIsRetriable() throws IOException {
        int nobodysPort;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobodysPort = closed.getLocalPort();
        }
        String url = "http://127.0.0.1:" + nobodysPort + "/v1";

        assertThat(failure(TransientException.class, RemoteEndpoint.openAi().baseUrl(url)))
                .hasMessageContaining("cannot connect to " + url);
    }

    @Test
    void aHostWithoutAnAddressIsRetriable() {
        assertThat(failure(TransientException.class, RemoteEndpoint.openAi().baseUrl("http://nowhere.invalid/v1")))
                .hasMessageContaining("nowhere.invalid");
    }

    @Test
    void slowHeadersAreWaitedFor() {
        server.fault(Fault.slow(Duration.ofMillis(400)));
        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();

        assertThat(endpoint.answer(QUESTION).text()).isEqualTo("In the piano of the blue room.");
    }

    @Test
    void aProviderThatQuotesTheKeyIsNotQuoted() {
        server.fault(Fault.status(400, KEY, "the key " + KEY + " is of another project"));

        assertThat(failure(RejectedRequestException.class)).hasMessageContaining("HTTP 400");
    }

    @Test
    void nothingIsRetriedHere() {
        server.fault(Fault.status(500, "server_error", "no"));
        failure(TransientException.class);

        assertThat(server.requests()).hasSize(2); // one blocking, one streaming
    }

    @Test
    void isUsableAgainAfterAFailure() {
        RemoteEndpoint endpoint =
                RemoteEndpoint.openAi().baseUrl(server.v1()).model("gpt-4o").build();
        server.faults(request -> request.number() == 0 ? Fault.cutInside(1) : Fault.NONE);

        assertThat(catchThrowableOfType(TransientException.class, () -> endpoint.answer(QUESTION)))
                .isNotNull();
        assertThat(endpoint.answer(QUESTION).text()).isEqualTo("In the piano of the blue room.");
    }
}
