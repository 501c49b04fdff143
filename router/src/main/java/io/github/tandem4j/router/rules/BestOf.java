package io.github.tandem4j.router.rules;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Asks several endpoints, one after the other, and gives the answer that a judge prefers: the best so far against the next
 * one. At a tie the earlier stays, so put the one that you trust most first.
 *
 * <pre>{@code
 * ModelEndpoint careful = BestOf.answersOf(medium, small).by(AnswerJudge.asking(large)).build();
 * }</pre>
 *
 * <p>A candidate that fails or cannot take the request is passed over; none left is a failure. The judge is asked twice a
 * pair, and its calls keep the limits and count in cost and trace. An answer that is cut or empty loses to a whole one
 * without a call. Heard through a sink, the answer comes whole.
 *
 * <p>Immutable and thread-safe.
 */
public final class BestOf extends StrategyEndpoint {

    private final List<ModelEndpoint> candidates;
    private final AnswerJudge judge;

    private BestOf(String id, List<ModelEndpoint> candidates, AnswerJudge judge) {
        super(id, "best-of", plus(candidates, judge.endpoint(), 1), profileOf(candidates, 1));
        this.candidates = candidates;
        this.judge = judge;
    }

    /** Starts with those who answer, two or more. */
    public static Candidates answersOf(ModelEndpoint... candidates) {
        return answersOf(List.of(candidates));
    }

    /** Starts with those who answer, two or more. */
    public static Candidates answersOf(List<? extends ModelEndpoint> candidates) {
        return new Candidates(List.copyOf(candidates));
    }

    private static List<ModelEndpoint> plus(List<ModelEndpoint> some, ModelEndpoint one, int times) {
        List<ModelEndpoint> all = new ArrayList<>(some);
        all.addAll(Collections.nCopies(times, one));
        return all;
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<TandemException> failures = new ArrayList<>();
        Reply best = null;
        for (int i = 0; i < candidates.size(); i++) {
            ModelEndpoint candidate = candidates.get(i);
            String role = "candidate " + (i + 1) + " of " + candidates.size();
            TandemException refusal = candidate.refusal(call.request()).orElse(null);
            if (refusal != null) {
                call.passOver(role, candidate, refusal);
                failures.add(refusal);
                continue;
            }
            try {
                Reply next = call.ask(role, candidate);
                best = best == null ? next : better(call, best, next);
            } catch (CallCancelledException | DeadlineExceededException | PluginException e) {
                throw e;
            } catch (TandemException e) {
                failures.add(e);
            }
        }
        if (best == null) {
            throw NoAnswerException.of("no candidate of " + id() + " answered", failures);
        }
        call.deliver(best);
        return call.reply(best);
    }

    private Reply better(StrategyCall call, Reply best, Reply next) {
        if (isWhole(best) != isWhole(next)) {
            Reply whole = isWhole(best) ? best : next;
            call.decide(Decision.of("preferred " + whole.author(), "the other answer is cut or empty"));
            return whole;
        }
        AnswerJudge.Comparison comparison = judge.compare(
                call.request(), best, next, (role, helper, chat) -> call.ask(role, helper, chat, TokenSink.NONE));
        Reply better = comparison.preferred() == AnswerJudge.Preference.SECOND ? next : best;
        String what = comparison.preferred() == AnswerJudge.Preference.TIE ? "stayed with " : "preferred ";
        call.decide(Decision.of(what + better.author(), comparison.why()));
        return better;
    }

    private static boolean isWhole(Reply reply) {
        return !reply.isTruncated()
                && (!reply.text().isBlank() || reply.response().aiMessage().hasToolExecutionRequests());
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (ModelEndpoint candidate : candidates) {
            Optional<TandemException> refusal = candidate.refusal(request);
            if (refusal.isEmpty()) {
                return refusal;
            }
            refusals.add(refusal.get());
        }
        return Optional.of(NoAnswerException.of("no candidate of " + id() + " can take the request", refusals));
    }

    @Override
    public List<List<ModelEndpoint>> courses() {
        return List.of(plus(candidates, judge.endpoint(), 2 * (candidates.size() - 1)));
    }

    /** Candidates that still need their judge. */
    public static final class Candidates {

        private final List<ModelEndpoint> candidates;

        private Candidates(List<ModelEndpoint> candidates) {
            if (candidates.size() < 2) {
                throw new IllegalArgumentException(candidates.size() + " candidates; valid is two or more");
            }
            this.candidates = candidates;
        }

        /** Compares their answers by this judge. */
        public Builder by(AnswerJudge judge) {
            return new Builder(candidates, Objects.requireNonNull(judge, "judge"));
        }
    }

    /** Builds it; its id is {@code best-of} unless it is said. */
    public static final class Builder {

        private final List<ModelEndpoint> candidates;
        private final AnswerJudge judge;
        private String id = "best-of";

        private Builder(List<ModelEndpoint> candidates, AnswerJudge judge) {
            this.candidates = candidates;
            this.judge = judge;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /** {@return the strategy} */
        public BestOf build() {
            return new BestOf(id, candidates, judge);
        }
    }
}
