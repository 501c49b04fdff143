package io.github.tandem4j.remote;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.TokenCount;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts tokens as OpenAI's models do, with JTokkit, which comes with LangChain4j's module and has the vocabularies that
 * OpenAI has published (https://github.com/openai/tiktoken). A vocabulary is loaded at the first count: some 30 MB, within
 * a second. Text that spells a special token is counted as text.
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

    /** Half a second or less for text; a text that is made to be slow takes three, and a longer one is estimated. */
    private static final int LONGEST_TEXT = 1_000_000;

    private OpenAiTokenizer() {}

    /** {@return what counts prompts to this model; an estimate if its vocabulary is not known} */
    static Function<ChatRequest, TokenCount> counter(String model) {
        EncodingType type = vocabulary(model);
        return type == null ? TokenCount::estimate : chat -> TokenCount.ofPrompt(chat, text -> tokens(type, text));
    }

    private static TokenCount tokens(EncodingType type, String text) {
        return text.length() > LONGEST_TEXT
                ? TokenCount.estimate(text)
                : TokenCount.exactly(Holder.REGISTRY.getEncoding(type).countTokensOrdinary(text));
    }

    /** Of a family, or of a model in it such as {@code gpt-4o-mini-2024-07-18} or {@code ft:gpt-4o:acme::7}. */
    static @Nullable EncodingType vocabulary(String model) {
        String base = model.startsWith("ft:") ? model.substring(3) : model;
        for (Map.Entry<String, String> family : VOCABULARIES.entrySet()) {
            String name = family.getKey();
            if (base.equals(name) || base.startsWith(name + "-") || base.startsWith(name + ":")) {
                return EncodingType.fromName(family.getValue()).orElse(null);
            }
        }
        return null;
    }

    private static final class Holder {
        static final EncodingRegistry REGISTRY = Encodings.newLazyEncodingRegistry();
    }
}
