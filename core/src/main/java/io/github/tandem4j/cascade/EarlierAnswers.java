package io.github.tandem4j.cascade;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What the stages before answered to the request that a rule judges an answer to, so that it can be seen whether they agree.
 * A cascade gives it to its rules with the request once there is any; the stages themselves never see it. Immutable.
 *
 * <pre>{@code
 * (request, reply) -> EarlierAnswers.of(request).last()
 *                 .filter(earlier -> Ballot.of(earlier.reply()).equals(Ballot.of(reply)))
 *                 .isPresent()
 *         ? Verdict.keep("two stages agree") : Verdict.defer("nobody agrees")
 * }</pre>
 *
 * @param answers the whole answers that were deferred, in the order in which the stages were asked; a stage that was skipped,
 *     passed over, stopped early or failed has none
 */
public record EarlierAnswers(List<Answer> answers) {

    /** Under this key the request that a rule is given carries the answers before. */
    public static final EvidenceKey<EarlierAnswers> KEY = EvidenceKey.of("earlier answers", EarlierAnswers.class);

    private static final EarlierAnswers NONE = new EarlierAnswers(List.of());

    /**
     * One of them.
     *
     * @param stage the id of the stage, which of a strategy is not the {@linkplain Reply#author() author}
     * @param reply what it answered; with the reading of the prompt that its rule {@linkplain DeferralRule#wishes wished
     *     for} among its evidence
     */
    public record Answer(String stage, Reply reply) {
        /** Refuses nulls. */
        public Answer {
            Objects.requireNonNull(stage, "stage");
            Objects.requireNonNull(reply, "reply");
        }
    }

    /** Copies the list. */
    public EarlierAnswers {
        answers = List.copyOf(answers);
    }

    /** {@return the answers that were given before the one that is judged; none if it is the first} */
    public static EarlierAnswers of(Request request) {
        return request.evidence().get(KEY).orElse(NONE);
    }

    /** {@return the latest; empty if there is none} */
    public Optional<Answer> last() {
        return answers.isEmpty() ? Optional.empty() : Optional.of(answers.get(answers.size() - 1));
    }

    /** {@return what this stage answered; empty if it did not} */
    public Optional<Reply> of(String stage) {
        return answers.stream()
                .filter(answer -> answer.stage().equals(stage))
                .map(Answer::reply)
                .findFirst();
    }
}
