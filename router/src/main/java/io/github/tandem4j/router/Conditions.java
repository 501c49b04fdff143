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

    /** Tildes alone are found in prose too; as a fence they begin a line. */
    private static final Pattern FENCE = Pattern.compile("```|(?m:^[ \\t]{0,3}~~~)");

    /**
     * What lines of code have and lines of prose have not. No part may cross a line or begin in the middle of a word, and
     * none is unbounded behind a start that is: the time stays proportional to the text, whatever it is.
     */
    private static final Pattern MARK_OF_CODE = Pattern.compile("(?m)(?:"
            + "[{}][ \\t]*$" // a block
            + "|[\\])}\"'+-];[ \\t]*$|=[^=\\n]{1,200};[ \\t]*$" // a statement; prose ends lines with "word;" too
            + "|^[ \\t]*+(?:def|class|import|from|public|private|static|function|const|let|var|return"
            + "|SELECT|INSERT|UPDATE|#include)\\b[^\\n]{0,200}?[(){}=;*]"
            + "|^[ \\t]*+import [\\w.*]+;?[ \\t]*$"
            + "|\\b(?:if|for|while|switch|catch) ?\\([^\\n]{0,200}?\\) ?\\{"
            + "|\\b\\w++\\([^)\\n]{0,200}\\)[ \\t]?[;{]"
            + "|=>|::|!=|==|&&)");

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
                Arrays.stream(phrases)
                        .map(String::strip)
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|", "(?<!\\w)(?:", ")(?!\\w)")),
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);
        return Condition.of(
                "mentions " + String.join(" or ", phrases),
                request -> any.matcher(latestUserText(request)).find());
    }

    /** {@return that the latest user message has a fenced block, or at least two marks of program code} */
    public static Condition containsCode() {
        return Condition.of("contains code", request -> {
            String text = latestUserText(request);
            return FENCE.matcher(text).find()
                    || MARK_OF_CODE.matcher(text).results().limit(2).count() == 2;
        });
    }

    /**
     * {@return that the prompt, the whole conversation with its tools, is likely longer than so many tokens; estimated by
     * {@link TokenCount#estimate}}
     */
    public static Condition promptLongerThan(int tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException(
                    "promptLongerThan() was given " + tokens + " tokens; valid is 0 or more");
        }
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
