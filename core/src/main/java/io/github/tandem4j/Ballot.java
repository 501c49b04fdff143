package io.github.tandem4j;

import dev.langchain4j.data.message.AiMessage;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says, in the form in which answers are compared: two answers agree if their ballots are equal.
 *
 * <p>A text is normalised: compatibility forms (NFKC), case, runs of white space, and at either end quotes, brackets,
 * emphasis and the marks that end sentences do not count. Signs, units and operators do: {@code -5}, {@code 5%} and
 * {@code C++} are other answers than {@code 5} and {@code C}. Of an answer that calls tools the calls alone count, in any
 * order: the tools' names, and their arguments as JSON, in which neither the order of an object's fields nor the way a
 * number is written matters. An answer that was cut by its limit of tokens has no ballot, so it agrees with none: nobody
 * knows how it would have ended. Nor has one that is blank, or of which nothing but blanks is read: it says nothing.
 * Immutable.
 */
public final class Ballot {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");
    private static final String IDLE = ".,;:!?\"'`*_()[]{}<>“”‘’«»…¿¡";

    private final Object said;

    private Ballot(Object said) {
        this.said = said;
    }

    /** {@return the ballot of an answer's whole text, or of its tool calls; empty if it was cut or is blank} */
    public static Optional<Ballot> of(Reply reply) {
        return of(reply, Reply::text);
    }

    /**
     * {@return the ballot of what is read from an answer's text, or of its tool calls; empty if the answer was cut, or if
     * what is read is blank}
     *
     * @param reading reads what counts of an answer without tool calls, such as its last line; the rest is idle
     */
    public static Optional<Ballot> of(Reply reply, Function<Reply, String> reading) {
        if (reply.isTruncated()) {
            return Optional.empty();
        }
        AiMessage message = reply.response().aiMessage();
        if (message.hasToolExecutionRequests()) {
            return Optional.of(new Ballot(ToolCalls.of(message)));
        }
        String read = normalised(Objects.requireNonNull(reading.apply(reply), "what is read from an answer"));
        return read.isEmpty() ? Optional.empty() : Optional.of(new Ballot(read));
    }

    static String normalised(String text) {
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        String trimmed = trimmed(folded);
        // An answer of nothing but such marks, such as "?", is still an answer.
        return WHITE_SPACE.matcher(trimmed.isEmpty() ? folded.strip() : trimmed).replaceAll(" ");
    }

    private static String trimmed(String text) {
        int start = 0;
        int end = text.length();
        while (end > start && isIdle(text.charAt(end - 1))) {
            end--;
        }
        while (start < end && isIdle(text.charAt(start)) && !isDecimalPoint(text, start)) {
            start++;
        }
        return text.substring(start, end);
    }

    private static boolean isIdle(char c) {
        return Character.isWhitespace(c) || IDLE.indexOf(c) >= 0;
    }

    private static boolean isDecimalPoint(String text, int at) {
        return text.charAt(at) == '.' && at + 1 < text.length() && Character.isDigit(text.charAt(at + 1));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Ballot ballot && ballot.said.equals(said);
    }

    @Override
    public int hashCode() {
        return said.hashCode();
    }

    /** {@return the normalised text, or the tool calls} */
    @Override
    public String toString() {
        return said.toString();
    }
}
