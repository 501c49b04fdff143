package io.github.tandem4j.auxiliary;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Ballot;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TandemException;
import java.util.Objects;
import java.util.function.BiFunction;

/** Hands the main endpoint's answer on as it is, with a confidence that is read from what a helper says. */
final class SecondOpinion implements Assistant {

    private final String role;
    private final ModelEndpoint helper;
    private final BiFunction<ChatRequest, Reply, ChatRequest> question;
    private final BiFunction<Reply, Reply, Confidence> judgement;

    /**
     * An opinion of this helper.
     *
     * @param role what the helper is, for the trace
     * @param question makes what the helper is asked of the conversation and the answer
     * @param judgement makes the confidence of the answer and the helper's reply
     */
    SecondOpinion(
            String role,
            ModelEndpoint helper,
            BiFunction<ChatRequest, Reply, ChatRequest> question,
            BiFunction<Reply, Reply, Confidence> judgement) {
        this.role = role;
        this.helper = Objects.requireNonNull(helper, role);
        this.question = question;
        this.judgement = judgement;
    }

    @Override
    public Reply assist(Assistance assistance) {
        Reply answer = assistance.proceed(assistance.chat());
        if (Ballot.of(answer).isEmpty()) {
            String why = "answer " + flaw(answer);
            assistance.decide(Decision.of("did not ask " + role + " " + helper.id(), why));
            return assistance.reply(answer, Confidence.unknown(why));
        }
        Confidence confidence = confidence(assistance, answer);
        assistance.decide(new Decision("asked " + role + " " + helper.id(), confidence.toString(), confidence));
        return assistance.reply(answer, confidence);
    }

    /** {@return why an answer without a {@link Ballot} has none} */
    static String flaw(Reply answer) {
        return answer.isTruncated() ? "was cut by its limit of tokens" : "is blank";
    }

    /** The answer is there and paid for: a helper that fails leaves its confidence open, and does not lose it. */
    private Confidence confidence(Assistance assistance, Reply answer) {
        Reply opinion;
        try {
            opinion = assistance.ask(role, helper, question.apply(assistance.chat(), answer));
        } catch (CallCancelledException e) {
            throw e;
        } catch (TandemException e) {
            return Confidence.unknown(role + " failed: " + e.getClass().getSimpleName());
        }
        return assistance.plugIn(() -> judgement.apply(answer, opinion));
    }
}
