package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link ModelEndpoint} promises as a chat model and as a streaming chat model of LangChain4j. It is part of
 * {@link ModelEndpointContract}; extend it by itself for an endpoint that keeps no more than this.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
public abstract class ChatModelContract {

    /** For subclasses. */
    protected ChatModelContract() {}

    /** {@return the endpoint under test: the same one throughout a test, and as you like in all tests} */
    protected abstract ModelEndpoint endpoint();

    /** {@return a request without limits that the endpoint answers quickly with some text} */
    protected Request request() {
        return Request.of("Reply with the word hello.");
    }

    /** {@return whether the same request has the same answer each time, as with greedy decoding; by default it has} */
    protected boolean isDeterministic() {
        return true;
    }

    @Test
    void answersAlikeAsAChatModel() {
        ChatResponse response = endpoint().asChatModel().chat(request().chat());
        assertThat(response.aiMessage().text()).isNotBlank();
        assertExplains(response);
        if (isDeterministic()) {
            assertThat(response.aiMessage().text())
                    .isEqualTo(endpoint().answer(request()).text());
        }
    }

    @Test
    void answersAlikeAsAStreamingChatModel() throws Exception {
        StringBuilder partial = new StringBuilder();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        endpoint().asStreamingChatModel().chat(request().chat(), new Ending(end) {
            @Override
            public void onPartialResponse(String text) {
                partial.append(text);
            }
        });
        ChatResponse response = end.get();
        assertThat(response.aiMessage().text()).isNotBlank().isEqualTo(partial.toString());
        assertExplains(response);
        if (isDeterministic()) {
            assertThat(response.aiMessage().text())
                    .isEqualTo(endpoint().answer(request()).text());
        }
    }

    @Test
    void failsAlikeAsAChatModel() {
        Listener listener = new Listener();
        TimeoutException thrown = catchThrowableOfType(
                TimeoutException.class,
                () -> endpoint()
                        .asChatModel()
                        .listenedBy(listener)
                        .limited(late -> late.deadline(Instant.EPOCH))
                        .chat(request().chat()));
        assertThat(thrown).hasRootCauseInstanceOf(DeadlineExceededException.class);
        assertThat(thrown.getCause())
                .isInstanceOfSatisfying(
                        TandemException.class,
                        cause -> assertThat(cause.trace())
                                .hasValueSatisfying(trace -> assertThat(trace.endpoint())
                                        .isEqualTo(endpoint().id())));
        assertThat(listener.events).containsExactly("request", "error");
    }

    @Test
    void failsAlikeAsAStreamingChatModel() {
        Listener listener = new Listener();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        endpoint()
                .asStreamingChatModel()
                .listenedBy(listener)
                .limited(late -> late.deadline(Instant.EPOCH))
                .chat(request().chat(), new Ending(end));
        Throwable told =
                catchThrowableOfType(ExecutionException.class, end::get).getCause();
        // A deadline that passes before a thread is found ends a call that no endpoint was asked for, so without a
        // trace.
        assertThat(told)
                .isExactlyInstanceOf(TimeoutException.class)
                .hasRootCauseInstanceOf(DeadlineExceededException.class);
        assertThat(listener.events).containsExactly("request", "error");
    }

    @Test
    void tellsAListenerOnceOfACallWithItsDefaults() throws Exception {
        ChatRequestParameters defaults =
                ChatRequestParameters.builder().temperature(0.0).build();
        Listener listener = new Listener();
        endpoint()
                .asChatModel()
                .withDefaults(defaults)
                .listenedBy(listener)
                .chat(request().chat());
        assertThat(listener.events).containsExactly("request", "response");

        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        endpoint()
                .asStreamingChatModel()
                .withDefaults(defaults)
                .listenedBy(listener)
                .chat(request().chat(), new Ending(end));
        end.get();
        assertThat(listener.events).containsExactly("request", "response", "request", "response");
        assertThat(listener.requests)
                .allSatisfy(request -> assertThat(request.temperature()).isZero());
        assertThat(listener.responses).allSatisfy(this::assertExplains);
    }

    @Test
    void reportsItsCapabilities() {
        boolean keepsToSchemas = endpoint().profile().can(ModelCapability.JSON_SCHEMA);
        assertThat(endpoint().asChatModel().supportedCapabilities().contains(Capability.RESPONSE_FORMAT_JSON_SCHEMA))
                .isEqualTo(keepsToSchemas);
        assertThat(endpoint().asStreamingChatModel().supportedCapabilities())
                .isEqualTo(endpoint().asChatModel().supportedCapabilities());
        assertThat(endpoint().asStreamingChatModel().provider())
                .isEqualTo(endpoint().asChatModel().provider());
    }

    private void assertExplains(ChatResponse response) {
        Reply reply = Reply.of(response).orElseThrow();
        assertThat(reply.trace().endpoint()).isEqualTo(endpoint().id());
        assertThat(response.aiMessage()).isEqualTo(reply.response().aiMessage());
        assertThat(response.metadata()).isEqualTo(reply.response().metadata());
    }

    /** Ends a future as the call ends. */
    private static class Ending implements StreamingChatResponseHandler {

        private final CompletableFuture<ChatResponse> end;

        Ending(CompletableFuture<ChatResponse> end) {
            this.end = end;
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            end.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            end.completeExceptionally(error);
        }
    }

    /** Remembers what it is told. */
    private static final class Listener implements ChatModelListener {

        private final List<String> events = new CopyOnWriteArrayList<>();
        private final List<ChatRequest> requests = new CopyOnWriteArrayList<>();
        private final List<ChatResponse> responses = new CopyOnWriteArrayList<>();

        @Override
        public void onRequest(ChatModelRequestContext context) {
            events.add("request");
            requests.add(context.chatRequest());
        }

        @Override
        public void onResponse(ChatModelResponseContext context) {
            events.add("response");
            responses.add(context.chatResponse());
        }

        @Override
        public void onError(ChatModelErrorContext context) {
            events.add("error");
        }
    }
}
