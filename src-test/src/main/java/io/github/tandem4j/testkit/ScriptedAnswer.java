package io.github.tandem4j.testkit;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Model;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import org.jspecify.annotations.Nullable;

/**
 * One answer of a {@link ScriptedEndpoint}: its text, streamed word by word, and what a real model would say beside it.
 * Immutable: every method returns a new answer.
 *
 * @param text the whole answer
 * @param inputTokens the prompt tokens that it reports; null if it reports no usage
 * @param outputTokens the completion tokens that it reports; null if it reports no usage
 * @param finishReason why it ended
 * @param scores what it says of its tokens; null if nothing
 */
public record ScriptedAnswer(
        String text,
        @Nullable Integer inputTokens,
        @Nullable Integer outputTokens,
        FinishReason finishReason,
        @Nullable TokenScores scores)
        implements Model {

    /** {@return an answer that stops by itself and reports 10 prompt tokens and one completion token a word} */
    public static ScriptedAnswer of(String text) {
        return new ScriptedAnswer(text, 10, words(text).length, FinishReason.STOP, null);
    }

    /** {@return the same answer, reporting that many prompt and completion tokens} */
    public ScriptedAnswer using(int input, int output) {
        return new ScriptedAnswer(text, input, output, finishReason, scores);
    }

    /** {@return the same answer, reporting no usage} */
    public ScriptedAnswer withoutUsage() {
        return new ScriptedAnswer(text, null, null, finishReason, scores);
    }

    /** {@return the same answer, ending for this reason} */
    public ScriptedAnswer endingBy(FinishReason reason) {
        return new ScriptedAnswer(text, inputTokens, outputTokens, reason, scores);
    }

    /** {@return the same answer, with these probabilities of its tokens, each within 0..1} */
    public ScriptedAnswer withTokenProbabilities(double... probabilities) {
        float[] logs = new float[probabilities.length];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = (float) Math.log(probabilities[i]);
        }
        return scored(TokenScores.of(logs));
    }

    /** {@return the same answer, with these scores of its tokens} */
    public ScriptedAnswer scored(TokenScores given) {
        return new ScriptedAnswer(text, inputTokens, outputTokens, finishReason, given);
    }

    @Override
    public Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
        String[] words = words(text);
        for (int i = 0; i < words.length; i++) {
            if (scores != null && scores.size() == words.length) {
                tokens.accept(words[i], scores.range(i, i + 1));
            } else {
                tokens.accept(words[i]);
            }
        }
        return completion();
    }

    Completion completion() {
        ChatResponse response = ChatResponse.builder()
                .aiMessage(AiMessage.from(text))
                .tokenUsage(inputTokens == null ? null : new TokenUsage(inputTokens, outputTokens))
                .finishReason(finishReason)
                .build();
        return new Completion(
                response, scores == null ? Evidence.none() : Evidence.of(EvidenceKey.TOKEN_SCORES, scores));
    }

    /** Each word with the spaces behind it, so that the pieces make the text. */
    private static String[] words(String text) {
        return text.isEmpty() ? new String[0] : text.split("(?<=\\s)(?=\\S)", -1);
    }
}
