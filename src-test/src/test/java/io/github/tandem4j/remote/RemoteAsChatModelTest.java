package io.github.tandem4j.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.ModelProvider;
import io.github.tandem4j.EndpointChatModel;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A remote endpoint as LangChain4j's chat model: over real HTTP, it fails as the provider's own model would. */
class RemoteAsChatModelTest {

    private static EndpointChatModel modelAt(LoopbackServer server) {
        return RemoteEndpoint.openAi()
                .baseUrl(server.v1())
                .apiKey("sk-key")
                .model("gpt-4o")
                .build()
                .asChatModel();
    }

    @ParameterizedTest
    @CsvSource({"400", "401", "403", "404", "408", "422", "429", "500", "503"})
    void aStatusIsOfLangChain4jsKind(int status) {
        try (LoopbackServer server = LoopbackServer.answering("hello")) {
            server.fault(Fault.status(status, "some_code", "some words"));

            LangChain4jException thrown = catchThrowableOfType(
                    LangChain4jException.class, () -> modelAt(server).chat("hi"));
            assertThat(thrown).isExactlyInstanceOf(kindOf(status)).hasCauseInstanceOf(TandemException.class);
        }
    }

    private static Class<? extends LangChain4jException> kindOf(int status) {
        return switch (status) {
            case 401, 403 -> AuthenticationException.class;
            case 404 -> ModelNotFoundException.class;
            case 408 -> TimeoutException.class;
            case 429 -> RateLimitException.class;
            default -> status >= 500 ? InternalServerException.class : InvalidRequestException.class;
        };
    }

    @Test
    void aFilteredPromptIsToldAsSuch() {
        try (LoopbackServer server = LoopbackServer.answering("hello")) {
            server.fault(Fault.status(400, "content_filter", "The prompt was filtered."));

            assertThat(catchThrowableOfType(
                            ContentFilteredException.class,
                            () -> modelAt(server).chat("hi")))
                    .hasMessageContaining("HTTP 400");
        }
    }

    @Test
    void itsProviderIsKnown() {
        try (LoopbackServer server = LoopbackServer.answering("hello")) {
            assertThat(modelAt(server).provider()).isEqualTo(ModelProvider.OPEN_AI);
        }
    }
}
