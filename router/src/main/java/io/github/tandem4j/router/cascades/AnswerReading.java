package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.Ballot;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TokenCount;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What is read of one answer before it is compared with others. Immutable. */
final class AnswerReading {

    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}.\\-]+|\\.(?!\\d)");
    private static final int MOST_WORDS = 2_000;

    private final double confidence;
    private final double logTokens;
    private final Optional<Ballot> ballot;
    private final Map<String, Integer> words = new HashMap<>();
    private int size;

    private AnswerReading(double confidence, double logTokens, Optional<Ballot> ballot) {
        this.confidence = confidence;
        this.logTokens = logTokens;
        this.ballot = ballot;
        ballot.ifPresent(said -> count(said.toString()));
    }

    static AnswerReading of(Reply reply, Confidence confidence) {
        TokenUsage usage = reply.response().tokenUsage();
        Integer reported = usage == null ? null : usage.outputTokenCount();
        long tokens = reported == null ? TokenCount.estimate(reply.text()).tokens() : Math.max(0, reported);
        return new AnswerReading(confidence.value(), Math.log1p(tokens), Ballot.of(reply, FinalAnswer::of));
    }

    /** Articles say nothing, and an answer of nothing else is compared by its ballot alone. */
    private void count(String text) {
        for (String word : NO_WORD.split(text, MOST_WORDS)) {
            if (!word.isEmpty() && !word.equals("the") && !word.equals("a") && !word.equals("an")) {
                words.merge(word, 1, Integer::sum);
                size++;
            }
        }
    }

    /** {@return the confidence on the recorder's own scale; NaN if it is not known} */
    double confidence() {
        return confidence;
    }

    /** {@return ln(1 + completion tokens)} */
    double logTokens() {
        return logTokens;
    }

    /**
     * {@return how far two answers say the same, 0..1: 1 if their ballots are equal, else the F1 of their words; 0 where one
     * says nothing, since nobody knows what it would have said}
     */
    double agreementWith(AnswerReading other) {
        if (ballot.isEmpty() || other.ballot.isEmpty()) {
            return 0;
        }
        if (ballot.equals(other.ballot)) {
            return 1;
        }
        int shared = 0;
        for (Map.Entry<String, Integer> word : words.entrySet()) {
            shared += Math.min(word.getValue(), other.words.getOrDefault(word.getKey(), 0));
        }
        return size + other.size == 0 ? 0 : 2.0 * shared / (size + other.size);
    }
}
