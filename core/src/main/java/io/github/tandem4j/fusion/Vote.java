package io.github.tandem4j.fusion;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Chooses the answer that most members gave, after normalisation: compatibility forms (NFKC), case, runs of white space,
 * and at either end quotes, brackets, emphasis and the marks that end sentences do not count. Signs, units and operators
 * do: {@code -5}, {@code 5%} and {@code C++} are other answers than {@code 5} and {@code C}. Of two answers with as many votes, the one of the earlier member wins. The
 * confidence is the share of voices that agree: a raw score. The answer is the first one of the majority, word for word.
 */
public final class Vote implements Fuser {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");
    private static final String IDLE = ".,;:!?\"'`*_()[]{}<>“”‘’«»…¿¡";

    private final Function<Reply, String> ballot;

    private Vote(Function<Reply, String> ballot) {
        this.ballot = Objects.requireNonNull(ballot, "ballot");
    }

    /** {@return a vote over the answers' whole texts} */
    public static Vote byText() {
        return by(Reply::text);
    }

    /** {@return a vote over what this reads from each answer, such as its last line; the rest of the answer is idle} */
    public static Vote by(Function<Reply, String> ballot) {
        return new Vote(ballot);
    }

    @Override
    public Fused fuse(Request request, Answers answers) {
        Map<String, List<Reply>> votes = new LinkedHashMap<>();
        for (Reply reply : answers.replies()) {
            votes.computeIfAbsent(normalised(ballot.apply(reply)), key -> new ArrayList<>())
                    .add(reply);
        }
        List<Reply> winners = List.of();
        for (List<Reply> agreeing : votes.values()) {
            if (agreeing.size() > winners.size()) {
                winners = agreeing;
            }
        }
        return Fused.of(
                winners.get(0),
                winners.size() + " of " + answers.voices() + " agree",
                Confidence.rawScore((double) winners.size() / answers.voices(), "share of voices that agree"));
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
}
