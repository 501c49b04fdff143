package io.github.tandem4j.remote;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import io.github.tandem4j.Completion;
import java.util.Map;

/** Ollama's own protocol. LangChain4j's module for it reads no log-probabilities; Ollama's {@code /v1} gives them. */
final class OllamaModels {

    private OllamaModels() {}

    static ProviderModels connect(Settings settings, HttpFailures failures) {
        HttpClientBuilder http = new HttpTransport(settings, failures).asBuilder();
        Map<String, String> headers =
                settings.apiKey() == null ? Map.of() : Map.of("Authorization", "Bearer " + settings.apiKey());
        return new ProviderModels(
                OllamaChatModel.builder()
                        .httpClientBuilder(http)
                        .baseUrl(settings.baseUrl())
                        .customHeaders(headers)
                        .modelName(settings.model())
                        .numPredict(settings.maxOutputTokens())
                        .numCtx(settings.contextWindow()) // else it cuts a long prompt without saying so
                        .maxRetries(0)
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                OllamaStreamingChatModel.builder()
                        .httpClientBuilder(http)
                        .baseUrl(settings.baseUrl())
                        .customHeaders(headers)
                        .modelName(settings.model())
                        .numPredict(settings.maxOutputTokens())
                        .numCtx(settings.contextWindow())
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                asked -> asked.overrideWith(ChatRequestParameters.builder()
                        .modelName(settings.model())
                        .build()),
                Completion::of);
    }
}
