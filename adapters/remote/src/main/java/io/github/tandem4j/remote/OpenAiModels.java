package io.github.tandem4j.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.LogProb;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.TokenScores;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** OpenAI, and whatever speaks its chat completions protocol. */
final class OpenAiModels {

    private static final JsonMapper JSON = new JsonMapper();

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
                OpenAiModels::completion,
                settings.scores() ? OpenAiModels::scoresOfEvent : data -> List.of(),
                chat -> BilledPrompt.openAi(settings, chat, texts(settings)));
    }

    private static Function<String, TokenCount> texts(Settings settings) {
        return settings.isOwnApi() ? OpenAiTokenizer.ofOnePrompt(settings.model()) : TokenCount::estimate;
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

    private static Completion completion(ChatResponse response) {
        Evidence evidence = Evidence.none();
        if (response.metadata() instanceof OpenAiChatResponseMetadata metadata) {
            TokenScores scores = metadata.logProbs() == null ? null : scores(metadata.logProbs());
            if (scores != null) {
                evidence = evidence.with(EvidenceKey.TOKEN_SCORES, scores);
            }
            Integer cached = cachedTokens(metadata.tokenUsage());
            if (cached != null && cached > 0) {
                evidence = evidence.with(EvidenceKey.CACHED_INPUT_TOKENS, cached.longValue());
            }
        }
        return new Completion(response, evidence);
    }

    /** They are among the prompt's tokens. */
    private static @Nullable Integer cachedTokens(@Nullable OpenAiTokenUsage usage) {
        return usage == null || usage.inputTokensDetails() == null
                ? null
                : usage.inputTokensDetails().cachedTokens();
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

    /** The log-probabilities in one event of a stream, of the choice that LangChain4j reads. */
    private static @Nullable List<Double> scoresOfEvent(String data) {
        if (!data.contains("\"logprob\"")) {
            return List.of();
        }
        List<Double> scores = new ArrayList<>();
        for (JsonNode token :
                tree(data).path("choices").path(0).path("logprobs").path("content")) {
            double logProbability = token.path("logprob").asDouble(Double.NaN);
            if (Double.isNaN(logProbability)) {
                return null;
            }
            scores.add(logProbability);
        }
        return scores;
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance(); // LangChain4j will say so
        }
    }
}
