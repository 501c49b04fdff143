package io.github.tandem4j.remote;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import io.github.tandem4j.TokenCount;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts tokens as OpenAI's models do, with JTokkit, which comes with LangChain4j's module and has the vocabularies that
 * OpenAI has published (https://github.com/openai/tiktoken). A vocabulary is loaded at the first count: some 30 MB, within
 * a second. Text that spells a special token is counted as text. A text that would make it more than 200,000 characters in
 * one prompt is estimated, since whoever counts cannot be cancelled.
 */
final class OpenAiTokenizer {

    /** The families of models of which it is known. */
    private static final Map<String, String> VOCABULARIES = Map.of(
            "gpt-5", "o200k_base",
            "gpt-4.1", "o200k_base",
            "gpt-4o", "o200k_base",
            "chatgpt-4o", "o200k_base",
            "o1", "o200k_base",
            "o3", "o200k_base",
            "o4", "o200k_base",
            "gpt-4", "cl100k_base",
            "gpt-3.5", "cl100k_base");

    /** A tenth of a second for text, one second if it is made to be slow, however many messages it is spread over. */
    private static final int MOST_CHARACTERS = 200_000;

    private final EncodingRegistry vocabularies;
    private final EncodingType vocabulary;
    private int charactersLeft = MOST_CHARACTERS;

    private OpenAiTokenizer(EncodingRegistry vocabularies, EncodingType vocabulary) {
        this.vocabularies = vocabularies;
        this.vocabulary = vocabulary;
    }

    /** {@return what counts the texts of one prompt to this model; an estimate if its vocabulary is not known} */
    static Function<String, TokenCount> ofOnePrompt(String model) {
        return ofOnePrompt(model, Holder.REGISTRY);
    }

    static Function<String, TokenCount> ofOnePrompt(String model, EncodingRegistry vocabularies) {
        EncodingType vocabulary = vocabulary(model);
        return vocabulary == null ? TokenCount::estimate : new OpenAiTokenizer(vocabularies, vocabulary)::tokens;
    }

    private TokenCount tokens(String text) {
        if (text.length() > charactersLeft) {
            return TokenCount.estimate(text);
        }
        charactersLeft -= text.length();
        return TokenCount.exactly(vocabularies.getEncoding(vocabulary).countTokensOrdinary(text));
    }

    /** Of a family, or of a model in it such as {@code gpt-4o-mini-2024-07-18} or {@code ft:gpt-4o:acme::7}. */
    static @Nullable EncodingType vocabulary(String model) {
        for (Map.Entry<String, String> family : VOCABULARIES.entrySet()) {
            if (isOf(family.getKey(), model)) {
                return EncodingType.fromName(family.getValue()).orElse(null);
            }
        }
        return null;
    }

    /** {@return whether this is a model of that family} */
    static boolean isOf(String family, String model) {
        String base = model.startsWith("ft:") ? model.substring(3) : model;
        return base.equals(family) || base.startsWith(family + "-") || base.startsWith(family + ":");
    }

    private static final class Holder {
        static final EncodingRegistry REGISTRY = Encodings.newLazyEncodingRegistry();
    }
}
