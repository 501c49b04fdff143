package io.github.tandem4j.router;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.message.VideoContent;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.routing.ToolExchange;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The usual conditions.
 *
 * <ul>
 *   <li>{@code matches}, {@link #mentions}, {@link #containsCode}, {@link #isIn} and {@link #isWrittenIn} look at what the user wrote in the latest message,
 *       and no further.
 *   <li>Those that begin with {@code conversation} look at the text of every message: system prompt, users, answers, tool
 *       calls' arguments and tool results. It must hold for one message; no match reaches from one into the next.
 *   <li>{@link #systemPromptMatches} looks at all system messages, wherever they stand.
 *   <li>{@link #promptLongerThan} counts whatever the model reads: all messages, images, tools and a JSON schema.
 *   <li>The others look at what they name, in the whole request.
 * </ul>
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

    /**
     * {@return that the latest user message matches this pattern somewhere}
     *
     * <p>A pattern with nested repetitions can take time exponential in the length of a hostile prompt: where prompts come from
     * anybody, see {@link #matches(String)}.
     */
    public static Condition matches(Pattern pattern) {
        return ofLatest("matches /" + pattern + "/", finds(pattern));
    }

    /**
     * {@return that the latest user message matches this regular expression somewhere, in RE2's syntax, case-sensitive unless
     * it says {@code (?i)}}
     *
     * <p>It takes time proportional to the text, whatever the text is (RE2/J, by automata; it knows no back-references and no
     * look-around), so that no prompt can make it hang, as one can with many a {@link Pattern}.
     *
     * @throws IllegalArgumentException if the expression is not valid
     */
    public static Condition matches(String expression) {
        com.google.re2j.Pattern pattern = compiled(expression);
        return ofLatest(
                "matches /" + expression + "/", text -> pattern.matcher(text).find());
    }

    /** {@return that some message of the conversation matches this regular expression; see {@link #matches(String)}} */
    public static Condition conversationMatches(String expression) {
        com.google.re2j.Pattern pattern = compiled(expression);
        return ofAny(
                "conversation matches /" + expression + "/",
                text -> pattern.matcher(text).find());
    }

    /** {@return that some message of the conversation matches this pattern somewhere} */
    public static Condition conversationMatches(Pattern pattern) {
        return ofAny("conversation matches /" + pattern + "/", finds(pattern));
    }

    /** {@return that some system message matches this pattern somewhere} */
    public static Condition systemPromptMatches(Pattern pattern) {
        return Condition.of(
                "system prompt matches /" + pattern + "/",
                request -> request.chat().messages().stream()
                        .anyMatch(message -> message instanceof SystemMessage system
                                && pattern.matcher(system.text()).find()));
    }

    /** {@return that the latest user message has one of these words or phrases, in any case, not inside another word} */
    public static Condition mentions(String... phrases) {
        return ofLatest("mentions " + String.join(" or ", phrases), finds(anyOf("mentions", phrases)));
    }

    /** {@return that some message has one of these words or phrases, in any case, not inside another word} */
    public static Condition conversationMentions(String... phrases) {
        return ofAny(
                "conversation mentions " + String.join(" or ", phrases), finds(anyOf("conversationMentions", phrases)));
    }

    /** {@return that the latest user message has a fenced block, or at least two marks of program code} */
    public static Condition containsCode() {
        return ofLatest("contains code", Conditions::isCode);
    }

    /** {@return that some message has a fenced block, or at least two marks of program code} */
    public static Condition conversationContainsCode() {
        return ofAny("conversation contains code", Conditions::isCode);
    }

    /** {@return that the user has written more than so many messages, this one counted} */
    public static Condition moreUserMessagesThan(int messages) {
        if (messages < 0) {
            throw new IllegalArgumentException(
                    "moreUserMessagesThan() was given " + messages + " messages; valid is 0 or more");
        }
        return Condition.of(
                "more than " + messages + " user messages",
                request -> request.chat().messages().stream()
                                .filter(UserMessage.class::isInstance)
                                .count()
                        > messages);
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

    /**
     * {@return that the conversation is in the middle of a tool exchange: a model has called tools and has not yet spoken to
     * their results}
     */
    public static Condition inToolExchange() {
        return Condition.of(
                "in a tool exchange",
                request -> ToolExchange.unfinishedIn(request.chat()).isPresent());
    }

    /** {@return that the answer is to be JSON, with a schema or without} */
    public static Condition wantsJson() {
        return Condition.of(
                "wants JSON",
                request -> request.chat().responseFormat() != null
                        && request.chat().responseFormat().type() == ResponseFormatType.JSON);
    }

    /** {@return that some user message or tool result has an image} */
    public static Condition hasImages() {
        return Condition.of("has images", request -> anyContent(request, ImageContent.class::isInstance));
    }

    /** {@return that some user message or tool result has an image or another medium beside text} */
    public static Condition hasMedia() {
        return Condition.of("has media", request -> anyContent(request, content -> !(content instanceof TextContent)));
    }

    /** {@return that a user or a tool has sent audio, anywhere in the conversation} */
    public static Condition hasAudio() {
        return Condition.of("has audio", request -> anyContent(request, AudioContent.class::isInstance));
    }

    /** {@return that a user or a tool has sent a video, anywhere in the conversation} */
    public static Condition hasVideo() {
        return Condition.of("has video", request -> anyContent(request, VideoContent.class::isInstance));
    }

    /** {@return that a user or a tool has sent a PDF document, anywhere in the conversation} */
    public static Condition hasPdf() {
        return Condition.of("has PDF", request -> anyContent(request, PdfFileContent.class::isInstance));
    }

    /** {@return that the latest user message is likely in one of these languages; see {@link Language#of}} */
    public static Condition isIn(Language... languages) {
        requireSome("language", languages.length);
        Set<Language> wanted = EnumSet.copyOf(List.of(languages));
        return ofLatest(
                "is in " + wanted.stream().map(Language::toString).collect(Collectors.joining(" or ")),
                text -> Language.of(text).filter(wanted::contains).isPresent());
    }

    /** {@return that most letters of the latest user message are of one of these scripts, such as {@code CYRILLIC}} */
    public static Condition isWrittenIn(Character.UnicodeScript... scripts) {
        requireSome("script", scripts.length);
        List<Character.UnicodeScript> wanted = List.of(scripts);
        return ofLatest(
                "is written in "
                        + wanted.stream().map(Character.UnicodeScript::toString).collect(Collectors.joining(" or ")),
                text -> Language.scriptOf(text).filter(wanted::contains).isPresent());
    }

    private static com.google.re2j.Pattern compiled(String expression) {
        try {
            return com.google.re2j.Pattern.compile(expression);
        } catch (com.google.re2j.PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'" + expression + "' is no regular expression of RE2: " + e.getMessage(), e);
        }
    }

    private static void requireSome(String what, int count) {
        if (count == 0) {
            throw new IllegalArgumentException("no " + what + " was given; valid is one or more");
        }
    }

    private static Condition ofLatest(String name, Predicate<String> test) {
        return Condition.of(name, request -> {
            List<ChatMessage> messages = request.chat().messages();
            for (int i = messages.size() - 1; i >= 0; i--) {
                if (messages.get(i) instanceof UserMessage user) {
                    return test.test(textOf(user.contents()));
                }
            }
            return test.test("");
        });
    }

    private static Condition ofAny(String name, Predicate<String> test) {
        return Condition.of(
                name, request -> request.chat().messages().stream().anyMatch(message -> test.test(textOf(message))));
    }

    private static Predicate<String> finds(Pattern pattern) {
        return text -> pattern.matcher(text).find();
    }

    private static Pattern anyOf(String condition, String... phrases) {
        if (phrases.length == 0 || Arrays.stream(phrases).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(condition
                    + "() needs one or more phrases, none of them blank; it was given " + Arrays.toString(phrases));
        }
        return Pattern.compile(
                Arrays.stream(phrases)
                        .map(String::strip)
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|", "(?<!\\w)(?:", ")(?!\\w)")),
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);
    }

    private static boolean isCode(String text) {
        return FENCE.matcher(text).find()
                || MARK_OF_CODE.matcher(text).results().limit(2).count() == 2;
    }

    private static boolean anyContent(Request request, Predicate<Content> test) {
        return request.chat().messages().stream()
                .flatMap(message -> contentsOf(message).stream())
                .anyMatch(test);
    }

    private static List<Content> contentsOf(ChatMessage message) {
        if (message instanceof UserMessage user) {
            return user.contents();
        }
        return message instanceof ToolExecutionResultMessage result ? result.contents() : List.of();
    }

    private static String textOf(ChatMessage message) {
        if (message instanceof SystemMessage system) {
            return system.text();
        }
        if (message instanceof AiMessage ai) {
            return Stream.concat(
                            Stream.ofNullable(ai.text()),
                            ai.toolExecutionRequests().stream()
                                    .map(ToolExecutionRequest::arguments)
                                    .filter(Objects::nonNull))
                    .collect(Collectors.joining("\n"));
        }
        return textOf(contentsOf(message));
    }

    private static String textOf(List<Content> contents) {
        return contents.stream()
                .filter(TextContent.class::isInstance)
                .map(content -> ((TextContent) content).text())
                .collect(Collectors.joining("\n"));
    }
}
