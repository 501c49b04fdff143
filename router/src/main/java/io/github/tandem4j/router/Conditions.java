package io.github.tandem4j.router;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The usual conditions. Those on text look at what the user wrote in the latest message; {@link #promptLongerThan} looks
 * at the whole conversation.
 */
public final class Conditions {

    /** A fenced block, or two of the things that lines of code have and lines of prose have not. */
    private static final Pattern FENCE = Pattern.compile("```|~~~");

    private static final Pattern CODE_LINE = Pattern.compile(
            "(?m)(?:[;{}]\\s*$|^\\s*(?:def|class|import|from|public|private|static|function|const|let|var|return"
                    + "|SELECT|INSERT|UPDATE|#include)\\b.*[(){}=;:*]|\\w+\\([^)\\n]*\\)\\s*[;{]|=>|::|!=|==|&&)");

    private Conditions() {}

    /** {@return that the latest user message matches this pattern somewhere} */
    public static Condition matches(Pattern pattern) {
        return Condition.of(
                "matches /" + pattern + "/",
                request -> pattern.matcher(latestUserText(request)).find());
    }

    /** {@return that the latest user message has one of these words or phrases, in any case, not inside another word} */
    public static Condition mentions(String... phrases) {
        if (phrases.length == 0 || Arrays.stream(phrases).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("mentions() needs one or more phrases, none of them blank; it was given "
                    + Arrays.toString(phrases));
        }
        Pattern any = Pattern.compile(
                Arrays.stream(phrases).map(Pattern::quote).collect(Collectors.joining("|", "(?<!\\w)(?:", ")(?!\\w)")),
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);
        return Condition.of(
                "mentions " + String.join(" or ", phrases),
                request -> any.matcher(latestUserText(request)).find());
    }

    /** {@return that the latest user message has a fenced block, or several marks of program code} */
    public static Condition containsCode() {
        return Condition.of("contains code", request -> {
            String text = latestUserText(request);
            return FENCE.matcher(text).find()
                    || CODE_LINE.matcher(text).results().limit(2).count() == 2;
        });
    }

    /**
     * {@return that the prompt, the whole conversation with its tools, is likely longer than so many tokens; estimated by
     * {@link TokenCount#estimate}}
     */
    public static Condition promptLongerThan(int tokens) {
        return Condition.of(
                "prompt longer than " + tokens + " tokens",
                request -> TokenCount.estimate(request.chat()).tokens() > tokens);
    }

    /** {@return that the request has tools} */
    public static Condition hasTools() {
        return Condition.of(
                "has tools",
                request -> request.chat().toolSpecifications() != null
                        && !request.chat().toolSpecifications().isEmpty());
    }

    /** {@return that some user message has an image or another medium beside text} */
    public static Condition hasMedia() {
        return Condition.of(
                "has media",
                request -> request.chat().messages().stream()
                        .anyMatch(message -> message instanceof UserMessage user
                                && user.contents().stream().anyMatch(content -> !(content instanceof TextContent))));
    }

    private static String latestUserText(Request request) {
        List<ChatMessage> messages = request.chat().messages();
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i) instanceof UserMessage user) {
                return user.contents().stream()
                        .filter(TextContent.class::isInstance)
                        .map(Conditions::textOf)
                        .collect(Collectors.joining("\n"));
            }
        }
        return "";
    }

    private static String textOf(Content content) {
        return ((TextContent) content).text();
    }
}
