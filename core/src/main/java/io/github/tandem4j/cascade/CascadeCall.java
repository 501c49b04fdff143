package io.github.tandem4j.cascade;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One call of a cascade: from stage to stage, until an answer is kept. */
final class CascadeCall {

    private final String id;
    private final List<Stage> stages;
    private final @Nullable StagePolicy policy;
    private final StageFailure onFailure;
    private final boolean judgesEveryAnswer;
    private final StrategyCall call;
    private final List<TandemException> failures = new ArrayList<>();
    private final List<EarlierAnswers.Answer> deferred = new ArrayList<>(2);

    CascadeCall(
            String id,
            List<Stage> stages,
            @Nullable StagePolicy policy,
            StageFailure onFailure,
            boolean judgesEveryAnswer,
            StrategyCall call) {
        this.id = id;
        this.stages = stages;
        this.policy = policy;
        this.onFailure = onFailure;
        this.judgesEveryAnswer = judgesEveryAnswer;
        this.call = call;
    }

    Reply run() {
        int next = begin();
        while (next < stages.size()) {
            int at = next;
            next = at + 1;
            Stage stage = stages.get(at);
            String role = "stage " + next + " of " + stages.size();
            TandemException refusal = refusal(at);
            if (refusal != null) {
                call.passOver(role, stage.endpoint(), refusal);
                failures.add(refusal);
                continue;
            }
            HeldBack held = null;
            try {
                if (stage.rule() == null) {
                    return call.reply(
                            call.ask(role, stage.endpoint(), call.request().chat(), call.tokens()));
                }
                Request judged = judged(stage);
                held = heldBack(judged, stage);
                Reply reply = ask(role, stage, held);
                if (held != null && held.isCommitted()) {
                    return committed(reply, held.verdict());
                }
                Verdict verdict = judge(judged, stage.rule(), reply);
                if (verdict.keeps()) {
                    return give(reply, verdict);
                }
                next = after(at, verdict);
                deferred.add(new EarlierAnswers.Answer(stage.endpoint().id(), withReading(reply, judged)));
                failures.clear(); // what failed before the latest answer no longer explains why there is none
            } catch (CallCancelledException e) {
                if (held == null || !held.isStopped()) {
                    throw e;
                }
                call.throwIfCancelled();
                call.decide(decision(deferred("deferred early", held.verdict()), held.verdict()));
                next = after(at, held.verdict());
                failures.clear();
            } catch (PluginException e) {
                throw e;
            } catch (TandemException e) {
                if (onFailure == StageFailure.FAIL || call.wasHeard() || (held != null && held.isCommitted())) {
                    throw e;
                }
                failures.add(e);
            }
        }
        return withoutLastStage(
                deferred.isEmpty() ? null : deferred.get(deferred.size() - 1).reply());
    }

    private @Nullable TandemException refusal(int stage) {
        return stages.get(stage).endpoint().refusal(call.request()).orElse(null);
    }

    /** {@return the question, with all that the stage's rule may know besides the answer} */
    private Request judged(Stage stage) {
        Request read = call.plugIn(
                "reading by " + stage.endpoint().id(), () -> wishes(stage).read(stage.endpoint(), call.request()));
        return deferred.isEmpty() ? read : read.evidence(EarlierAnswers.KEY, new EarlierAnswers(deferred));
    }

    private ReadingWishes wishes(Stage stage) {
        DeferralRule rule = stage.rule();
        return rule == null ? ReadingWishes.NONE : call.plugIn("deferral rule", rule::wishes);
    }

    /** {@return where the policy begins; where no stage from there on can take the request, the first of all that can} */
    private int begin() {
        StagePolicy decides = policy;
        if (decides == null) {
            return 0;
        }
        Verdict verdict = call.plugIn("stage policy", () -> decides.begin(call.request()));
        if (verdict.keeps()) {
            throw new PluginException("stage policy of " + id + " kept an answer before there was one: " + verdict.why()
                    + "; valid is a deferral to the stage to begin with");
        }
        int first = after(-1, verdict);
        if (first > 0) {
            call.decide(decision("begins with " + stages.get(first).endpoint().id(), verdict));
        }
        return first;
    }

    /**
     * {@return the place of the stage that this deferral leads to} Where none from there on can take the request, and one
     * that it would skip can, it skips none.
     */
    private int after(int at, Verdict verdict) {
        if (verdict.to().isEmpty()) {
            return at + 1;
        }
        int to = place(at, verdict);
        if (anyTakes(to, stages.size())) {
            return to;
        }
        if (anyTakes(at + 1, to)) {
            call.decide(Decision.of(
                    "skipped no stage",
                    "none from " + verdict.to() + " on can take the request, and an earlier one can"));
        }
        return at + 1;
    }

    private boolean anyTakes(int from, int before) {
        for (int i = from; i < before; i++) {
            if (refusal(i) == null) {
                return true;
            }
        }
        return false;
    }

    private int place(int at, Verdict verdict) {
        for (int i = at + 1; i < stages.size(); i++) {
            if (stages.get(i).endpoint().id().equals(verdict.to())) {
                return i;
            }
        }
        throw new PluginException(
                "a verdict of " + id + " defers to " + verdict.to() + "; valid is one of the later stages "
                        + stages.subList(at + 1, stages.size()).stream()
                                .map(stage -> stage.endpoint().id())
                                .toList());
    }

    private Reply withoutLastStage(@Nullable Reply latest) {
        TandemException failure = NoAnswerException.of("no stage of " + id + " is left to answer", failures);
        if (latest == null || onFailure != StageFailure.DEFER_OR_KEEP) {
            throw failure;
        }
        call.decide(Decision.of("kept a deferred answer", "no later stage answered: " + failure.getMessage()));
        call.deliver(latest);
        return call.reply(latest);
    }

    /** {@return what holds a stage's answer back while its rule hears it; null if the rule waits for the whole answer} */
    private @Nullable HeldBack heldBack(Request judged, Stage stage) {
        DeferralRule rule = stage.rule();
        return rule == null
                ? null
                : HeldBack.whileHeard(
                        call,
                        stage.endpoint().id(),
                        () -> call.plugIn("deferral rule", () -> rule.whileAnswering(judged)),
                        judgesEveryAnswer || TextSignal.asksForNoForm(call.request()),
                        onFailure != StageFailure.DEFER_OR_KEEP);
    }

    private Reply ask(String role, Stage stage, @Nullable HeldBack held) {
        Evidence told = wishes(stage).told(call.request()).evidence();
        if (held == null) {
            return call.ask(role, stage.endpoint(), told, TokenSink.NONE, null);
        }
        try {
            return call.ask(role, stage.endpoint(), told, held, held.stop());
        } finally {
            held.close();
        }
    }

    /** {@return the reply, with the reading of the prompt that was made for its rule, since the next stage has its own} */
    private static Reply withReading(Reply reply, Request judged) {
        PromptReading reading =
                judged.evidence().get(EvidenceKey.PROMPT_READING).orElse(null);
        return reading == null
                ? reply
                : new Reply(
                        reply.response(),
                        reply.author(),
                        reply.confidence(),
                        reply.evidence().with(EvidenceKey.PROMPT_READING, reading),
                        reply.cost(),
                        reply.trace());
    }

    private Verdict judge(Request judged, DeferralRule rule, Reply reply) {
        Verdict malformed = (judgesEveryAnswer ? Optional.<TextSignal>empty() : TextSignal.malformed(judged, reply))
                .map(signal -> Verdict.defer("answer is " + signal.description()))
                .orElse(null);
        Verdict verdict = call.plugIn(
                "deferral rule",
                () -> malformed == null ? rule.judge(judged, reply) : rule.judgeMalformed(judged, reply, malformed));
        call.decide(decision(verdict.keeps() ? "kept" : deferred("deferred", verdict), verdict));
        return verdict;
    }

    private static String deferred(String how, Verdict verdict) {
        return verdict.to().isEmpty() ? how : how + " to " + verdict.to();
    }

    private static Decision decision(String what, Verdict verdict) {
        return new Decision(what, verdict.why(), verdict.confidence());
    }

    private Reply committed(Reply reply, Verdict verdict) {
        if (reply.isTruncated()) {
            call.decide(Decision.of("answer is not whole", "it was committed, and then cut by its limit of tokens"));
        }
        return reply(reply, verdict);
    }

    private Reply reply(Reply reply, Verdict verdict) {
        return verdict.confidence().isKnown() ? call.reply(reply, verdict.confidence()) : call.reply(reply);
    }

    private Reply give(Reply reply, Verdict verdict) {
        call.deliver(reply);
        return reply(reply, verdict);
    }
}
