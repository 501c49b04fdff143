package io.github.tandem4j.remote;

import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.ImageContent.DetailLevel;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.TokenCount;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a provider bills a prompt as. Its bounds hold for the models of {@link PriceTable#shipped()}:
 *
 * <ul>
 *   <li>an image: 4,096 tokens. OpenAI's models cut one into at most 8 tiles, 1,445 tokens at most, or into patches, 3,779
 *       at most (https://platform.openai.com/docs/guides/images-vision); Anthropic's take 1,600 at most
 *       (https://docs.anthropic.com/en/docs/build-with-claude/vision). GPT-4o mini alone asks 2,833 tokens and 5,667 a
 *       tile, and so up to 50,000, unless the image is sent with low detail;
 *   <li>a document, audio or a video: the model's window, since how many pages and images it makes is not known
 *       beforehand, and what is longer is refused by the provider;
 *   <li>tools at Anthropic: 600 tokens more, for the prompt with which it explains them, 530 at most
 *       (https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview).
 * </ul>
 */
final class BilledPrompt {

    private static final String GPT_4O_MINI = "gpt-4o-mini";
    private static final int LONGEST_WINDOW_OF_OPENAI = 1_047_576;
    private static final int LONGEST_WINDOW_OF_ANTHROPIC = 200_000;

    private static final TokenCount IMAGE = new TokenCount(800, 4_096);
    /** Likely a square, which is four tiles. */
    private static final TokenCount IMAGE_FOR_GPT_4O_MINI = new TokenCount(2_833 + 4 * 5_667, 50_000);

    private static final TokenCount PROMPT_ABOUT_TOOLS = new TokenCount(346, 600);

    private BilledPrompt() {}

    /** {@return the tokens of a prompt in OpenAI's protocol, whose texts are counted so} */
    static TokenCount openAi(Settings settings, ChatRequest chat, Function<String, TokenCount> texts) {
        boolean isMini = OpenAiTokenizer.isOf(GPT_4O_MINI, settings.model());
        return TokenCount.ofPrompt(chat, texts, medium -> {
            if (!(medium instanceof ImageContent image)) {
                return document(settings, LONGEST_WINDOW_OF_OPENAI);
            }
            return isMini && image.detailLevel() != DetailLevel.LOW ? IMAGE_FOR_GPT_4O_MINI : IMAGE;
        });
    }

    /** {@return the tokens of a prompt in Anthropic's protocol} */
    static TokenCount anthropic(Settings settings, ChatRequest chat) {
        TokenCount prompt = TokenCount.ofPrompt(
                chat,
                TokenCount::estimate,
                medium -> isImage(medium) ? IMAGE : document(settings, LONGEST_WINDOW_OF_ANTHROPIC));
        return chat.toolSpecifications().isEmpty() ? prompt : prompt.plus(PROMPT_ABOUT_TOOLS);
    }

    private static boolean isImage(Content medium) {
        return medium instanceof ImageContent;
    }

    private static TokenCount document(Settings settings, int longestWindow) {
        @Nullable Integer window = settings.contextWindow();
        int most = window == null ? longestWindow : window;
        return new TokenCount(Math.min(800, most), most);
    }
}
