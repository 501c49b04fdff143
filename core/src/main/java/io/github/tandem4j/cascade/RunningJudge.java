package io.github.tandem4j.cascade;

import io.github.tandem4j.TokenScores;
import java.util.Optional;

/**
 * Judges one answer while it is being made, so that a cascade need not wait for its end. Made by {@link
 * DeferralRule#whileAnswering} for each answer, and used by one thread at a time.
 */
@FunctionalInterface
public interface RunningJudge {

    /** Judges no answer before its end. */
    RunningJudge PATIENT = (text, scores) -> Optional.empty();

    /**
     * Hears the next piece. Once it has decided it is not asked again.
     *
     * @param text the piece's text, never empty
     * @param scores of the tokens since the piece before; none if the endpoint does not give them with the pieces
     * @return the verdict if it is decisive already: that of {@link DeferralRule#judge} on the whole answer, whatever
     *     follows; empty while it is not
     */
    Optional<Verdict> hear(String text, TokenScores scores);
}
