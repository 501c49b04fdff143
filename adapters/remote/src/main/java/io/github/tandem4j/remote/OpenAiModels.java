package io.github.tandem4j.remote;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.LogProb;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.TokenScores;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OpenAI, and whatever speaks its chat completions protocol. */
final class OpenAiModels {

    private OpenAiModels() {}

    static ProviderModels connect(Settings settings, HttpFailures failures) {
        HttpClientBuilder http = new HttpTransport(settings, failures).asBuilder();
        return new ProviderModels(
                OpenAiChatModel.builder()
                        .httpClientBuilder(http)
                        .baseUrl(settings.baseUrl())
                        .apiKey(settings.apiKey())
                        .modelName(settings.model())
                        .strictJsonSchema(true)
                        .maxRetries(0)
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                OpenAiStreamingChatModel.builder()
                        .httpClientBuilder(http)
                        .baseUrl(settings.baseUrl())
                        .apiKey(settings.apiKey())
                        .modelName(settings.model())
                        .strictJsonSchema(true)
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                parameters -> parameters(settings, parameters),
                OpenAiModels::evidence);
    }

    private static ChatRequestParameters parameters(Settings settings, ChatRequestParameters asked) {
        OpenAiChatRequestParameters.Builder sent =
                OpenAiChatRequestParameters.builder().overrideWith(asked).modelName(settings.model());
        if (settings.scores()) {
            // With each request: the streaming model's defaults have no place for it.
            sent.logprobs(true);
        }
        Integer longest = asked.maxOutputTokens() == null ? settings.maxOutputTokens() : asked.maxOutputTokens();
        if (asked instanceof OpenAiChatRequestParameters own && own.maxCompletionTokens() != null) {
            longest = longest == null ? own.maxCompletionTokens() : Math.min(longest, own.maxCompletionTokens());
        }
        // max_tokens is deprecated at OpenAI, whose reasoning models refuse it; other servers know nothing else.
        boolean modern = settings.isOwnApi() || settings.reasoning();
        sent.maxCompletionTokens(modern ? longest : null);
        sent.maxOutputTokens(modern ? null : longest);
        return sent.build();
    }

    private static Evidence evidence(ChatResponse response) {
        List<LogProb> given =
                response.metadata() instanceof OpenAiChatResponseMetadata metadata ? metadata.logProbs() : null;
        TokenScores scores = given == null ? null : scores(given);
        return scores == null ? Evidence.none() : Evidence.of(EvidenceKey.TOKEN_SCORES, scores);
    }

    private static @Nullable TokenScores scores(List<LogProb> given) {
        float[] logProbabilities = new float[given.size()];
        for (int i = 0; i < logProbabilities.length; i++) {
            Double logProbability = given.get(i).logprob();
            if (logProbability == null || logProbability.isNaN()) {
                return null; // scores with a hole would be those of another text
            }
            logProbabilities[i] = logProbability.floatValue();
        }
        return logProbabilities.length == 0 ? null : TokenScores.of(logProbabilities);
    }
}
