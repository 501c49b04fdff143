package io.github.tandem4j.remote;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.github.tandem4j.Evidence;

/** Anthropic's messages. They have no log-probabilities. */
final class AnthropicModels {

    private AnthropicModels() {}

    static ProviderModels connect(Settings settings, HttpFailures failures) {
        HttpClientBuilder http = new HttpTransport(settings, failures).asBuilder();
        return new ProviderModels(
                AnthropicChatModel.builder()
                        .httpClientBuilder(http)
                        .baseUrl(settings.baseUrl())
                        .apiKey(settings.apiKey())
                        .modelName(settings.model())
                        .maxTokens(settings.maxOutputTokens())
                        .maxRetries(0)
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                AnthropicStreamingChatModel.builder()
                        .httpClientBuilder(http)
                        .baseUrl(settings.baseUrl())
                        .apiKey(settings.apiKey())
                        .modelName(settings.model())
                        .maxTokens(settings.maxOutputTokens())
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                asked -> asked.overrideWith(ChatRequestParameters.builder()
                        .modelName(settings.model())
                        .build()),
                response -> Evidence.none());
    }
}
