package io.github.tandem4j.fusion;

import io.github.tandem4j.Ballot;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.Objects;
import java.util.function.Function;

/**
 * Chooses the answer that most members gave: two say the same if their {@link Ballot}s are equal. Of two answers with as
 * many votes, the one of the earlier member wins. The confidence is the share of voices that agree: a raw score. The
 * answer is the first one of the majority, word for word.
 *
 * <p>An answer that was cut by its limit of tokens is a voice that agrees with nobody, and so is one that is blank, or of
 * which nothing is read. If all are such, the first that was cut is the answer, or else the first, and the confidence 0.
 */
public final class Vote implements Fuser {

    private final Function<Reply, String> reading;

    private Vote(Function<Reply, String> reading) {
        this.reading = Objects.requireNonNull(reading, "reading");
    }

    /** {@return a vote over the answers' whole texts} */
    public static Vote byText() {
        return by(Reply::text);
    }

    /** {@return a vote over what this reads from each answer, such as its last line; the rest of the answer is idle} */
    public static Vote by(Function<Reply, String> reading) {
        return new Vote(reading);
    }

    @Override
    public Fused fuse(Request request, Answers answers) {
        Tally tally = new Tally(reading);
        answers.replies().forEach(tally::add);
        int agreeing = tally.agreeing();
        return Fused.of(
                tally.leader(),
                agreeing + " of " + answers.voices() + " agree" + tally.voteless(),
                Confidence.rawScore((double) agreeing / answers.voices(), "share of voices that agree"));
    }
}
