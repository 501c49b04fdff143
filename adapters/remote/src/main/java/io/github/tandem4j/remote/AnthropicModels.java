package io.github.tandem4j.remote;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicChatResponseMetadata;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.anthropic.AnthropicTokenUsage;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
                AnthropicModels::completion,
                data -> List.of(),
                chat -> BilledPrompt.anthropic(settings, chat));
    }

    /** Anthropic counts what it read from its cache and what it wrote into it beside the other tokens of a prompt. */
    private static Completion completion(ChatResponse response) {
        if (!(response.metadata() instanceof AnthropicChatResponseMetadata metadata)
                || metadata.tokenUsage() == null
                || metadata.tokenUsage().inputTokenCount() == null) {
            return Completion.of(response);
        }
        AnthropicTokenUsage usage = metadata.tokenUsage();
        int read = known(usage.cacheReadInputTokens());
        int written = known(usage.cacheCreationInputTokens());
        if (read + written == 0) {
            return Completion.of(response);
        }
        AnthropicTokenUsage whole = AnthropicTokenUsage.builder()
                .inputTokenCount(usage.inputTokenCount() + read + written)
                .outputTokenCount(usage.outputTokenCount())
                .cacheReadInputTokens(usage.cacheReadInputTokens())
                .cacheCreationInputTokens(usage.cacheCreationInputTokens())
                .build();
        ChatResponse counted = ChatResponse.builder()
                .aiMessage(response.aiMessage())
                .metadata(metadata.toBuilder().tokenUsage(whole).build())
                .build();
        return read == 0
                ? Completion.of(counted)
                : new Completion(counted, Evidence.of(EvidenceKey.CACHED_INPUT_TOKENS, (long) read));
    }

    private static int known(@Nullable Integer tokens) {
        return tokens == null ? 0 : Math.max(0, tokens);
    }
}
