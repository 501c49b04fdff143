package io.github.tandem4j.cascade;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the cheap endpoint first and keeps its answer where a rule finds it good enough; defers to the next one where not.
 *
 * <pre>{@code
 * ModelEndpoint assistant = Cascade.startingWith(small)
 *         .keepWhen(meanTokenProbability().atLeast(0.80))
 *         .deferTo(large)
 *         .build();
 * }</pre>
 *
 * <p>The answer of the last stage is never judged. That of an earlier one is deferred without asking its rule if it is
 * no whole answer of the form that was asked for: {@linkplain TextSignal#EMPTY empty}, {@linkplain TextSignal#TRUNCATED
 * cut}, {@linkplain TextSignal#BROKEN_JSON broken JSON} or a {@linkplain TextSignal#BROKEN_TOOL_CALL broken tool call};
 * see {@link Builder#judgeEveryAnswer}. The cost of every stage that was asked counts. A stage that cannot
 * take the request (capability, window, privacy, budget) is passed over; when a rule defers and no stage is left that
 * can, that is a failure of the last stage. What failures lead to is the caller's choice: {@link StageFailure#FAIL} unless
 * another is stated.
 *
 * <p>Heard through a sink, a stage's answer is held back until the rule has kept it, and the last stage's comes as it is
 * made: no token is ever taken back. A rule that {@linkplain Threshold decides early} commits the cascade: what was held
 * back is given out at once, and the rest as it comes; or it stops the stage, and only what the stage has said is paid
 * for. Such a rule decides alike whether anybody listens or not. Of an answer that is to be JSON or may call tools none
 * is kept early, unless every answer is judged, and none is stopped that {@link StageFailure#DEFER_OR_KEEP} may need. When
 * a committed answer fails, or one of the last stage that was heard already, the cascade fails.
 *
 * <p>Thread-safe if its rules are.
 */
public final class Cascade extends StrategyEndpoint {

    private record Stage(ModelEndpoint endpoint, @Nullable DeferralRule rule, @Nullable Guarantee guarantee) {

        Stage(ModelEndpoint endpoint, @Nullable DeferralRule rule) {
            this(endpoint, rule, null);
        }
    }

    private static final List<TextSignal> MALFORMED =
            List.of(TextSignal.EMPTY, TextSignal.TRUNCATED, TextSignal.BROKEN_JSON, TextSignal.BROKEN_TOOL_CALL);

    private final List<Stage> stages;
    private final StageFailure onFailure;
    private final boolean judgesEveryAnswer;

    private Cascade(Builder builder) {
        super(
                builder.id,
                "cascade",
                builder.stages.stream().map(Stage::endpoint).toList());
        stages = List.copyOf(builder.stages);
        onFailure = builder.onFailure;
        judgesEveryAnswer = builder.judgesEveryAnswer;
    }

    /** Starts a cascade with its first stage. */
    public static Judged startingWith(ModelEndpoint first) {
        return new Judged(new ArrayList<>(), first);
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<TandemException> failures = new ArrayList<>();
        Reply deferred = null;
        for (int i = 0; i < stages.size(); i++) {
            Stage stage = stages.get(i);
            String role = "stage " + (i + 1) + " of " + stages.size();
            TandemException refusal = stage.endpoint.refusal(call.request()).orElse(null);
            if (refusal != null) {
                call.passOver(role, stage.endpoint, refusal);
                failures.add(refusal);
                continue;
            }
            HeldBack held = heldBack(call, stage);
            try {
                if (stage.rule == null) {
                    return call.reply(
                            call.ask(role, stage.endpoint, call.request().chat(), call.tokens()));
                }
                Reply reply = held == null ? call.ask(role, stage.endpoint) : ask(call, role, stage.endpoint, held);
                if (held != null && held.isCommitted()) {
                    return committed(call, reply, held.verdict());
                }
                Verdict verdict = judge(call, stage.rule, reply);
                if (verdict.keeps()) {
                    return give(call, reply, verdict);
                }
                deferred = reply;
                failures.clear(); // what failed before the latest answer no longer explains why there is none
            } catch (CallCancelledException e) {
                if (held == null || !held.isStopped()) {
                    throw e;
                }
                call.throwIfCancelled();
                call.decide(decision("deferred early", held.verdict()));
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
        return withoutLastStage(call, deferred, failures);
    }

    private Reply withoutLastStage(StrategyCall call, @Nullable Reply deferred, List<TandemException> failures) {
        TandemException failure = NoAnswerException.of("no stage of " + id() + " is left to answer", failures);
        if (deferred == null || onFailure != StageFailure.DEFER_OR_KEEP) {
            throw failure;
        }
        call.decide(Decision.of("kept a deferred answer", "no later stage answered: " + failure.getMessage()));
        call.deliver(deferred);
        return call.reply(deferred);
    }

    /** {@return what holds a stage's answer back while its rule hears it; null if the rule waits for the whole answer} */
    private @Nullable HeldBack heldBack(StrategyCall call, Stage stage) {
        DeferralRule rule = stage.rule;
        if (rule == null) {
            return null;
        }
        Supplier<RunningJudge> judges = () -> call.plugIn("deferral rule", () -> rule.whileAnswering(call.request()));
        boolean mayStop = onFailure != StageFailure.DEFER_OR_KEEP;
        boolean mayCommit = judgesEveryAnswer
                || (TextSignal.BROKEN_JSON.isRuledOut(call.request(), "")
                        && TextSignal.BROKEN_TOOL_CALL.isRuledOut(call.request(), ""));
        return judges.get() == RunningJudge.PATIENT || (!mayStop && !mayCommit)
                ? null
                : new HeldBack(call, stage.endpoint.id(), judges, mayCommit, mayStop);
    }

    private static Reply ask(StrategyCall call, String role, ModelEndpoint endpoint, HeldBack held) {
        try {
            return call.ask(role, endpoint, held, held.stop());
        } finally {
            held.close();
        }
    }

    private Verdict judge(StrategyCall call, DeferralRule rule, Reply reply) {
        Verdict verdict = malformed(call.request(), reply);
        if (verdict == null) {
            verdict = call.plugIn("deferral rule", () -> rule.judge(call.request(), reply));
        }
        call.decide(decision(verdict.keeps() ? "kept" : "deferred", verdict));
        return verdict;
    }

    private @Nullable Verdict malformed(Request request, Reply reply) {
        if (!judgesEveryAnswer) {
            for (TextSignal signal : MALFORMED) {
                if (signal.isIn(request, reply)) {
                    return Verdict.defer("answer is " + signal.description());
                }
            }
        }
        return null;
    }

    private static Decision decision(String what, Verdict verdict) {
        return new Decision(what, verdict.why(), verdict.confidence());
    }

    private static Reply committed(StrategyCall call, Reply reply, Verdict verdict) {
        if (reply.isTruncated()) {
            call.decide(Decision.of("answer is not whole", "it was committed, and then cut by its limit of tokens"));
        }
        return reply(call, reply, verdict);
    }

    private static Reply reply(StrategyCall call, Reply reply, Verdict verdict) {
        return verdict.confidence().isKnown() ? call.reply(reply, verdict.confidence()) : call.reply(reply);
    }

    private static Reply give(StrategyCall call, Reply reply, Verdict verdict) {
        call.deliver(reply);
        return reply(call, reply, verdict);
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (Stage stage : stages) {
            Optional<TandemException> refusal = stage.endpoint.refusal(request);
            if (refusal.isEmpty()) {
                return refusal;
            }
            refusals.add(refusal.get());
        }
        return Optional.of(NoAnswerException.of("no stage of " + id() + " can take the request", refusals));
    }

    /** A cascade whose latest stage still needs its rule. */
    public static final class Judged {

        private final List<Stage> before;
        private final ModelEndpoint latest;

        private Judged(List<Stage> before, ModelEndpoint latest) {
            this.before = before;
            this.latest = Objects.requireNonNull(latest, "stage");
        }

        /** Keeps the latest stage's answers that this rule keeps. */
        public Deferring keepWhen(DeferralRule rule) {
            List<Stage> stages = new ArrayList<>(before);
            stages.add(new Stage(latest, Objects.requireNonNull(rule, "rule")));
            return new Deferring(stages);
        }

        /**
         * Keeps the latest stage's answers as this guarantee allows, so that the cascade keeps its promise: unlike a bare
         * {@link #keepWhen}, the cascade then refuses at build to {@linkplain StageFailure#DEFER_OR_KEEP give a deferred
         * answer after all}.
         */
        public Deferring acceptUnder(Guarantee guarantee) {
            List<Stage> stages = new ArrayList<>(before);
            stages.add(new Stage(latest, Objects.requireNonNull(guarantee, "guarantee"), guarantee));
            return new Deferring(stages);
        }
    }

    /** A cascade that still needs somebody to defer to. */
    public static final class Deferring {

        private final List<Stage> stages;

        private Deferring(List<Stage> stages) {
            this.stages = stages;
        }

        /** Defers to this endpoint: the last stage, unless its answers are judged in turn. */
        public Builder deferTo(ModelEndpoint next) {
            return new Builder(stages, next);
        }
    }

    /**
     * Builds a cascade.
     *
     * <ul>
     *   <li>when a stage fails: the cascade fails
     *   <li>answers that are empty, cut or malformed are deferred and not judged
     *   <li>id: {@code cascade}
     * </ul>
     */
    public static final class Builder {

        private final List<Stage> before;
        private final List<Stage> stages;
        private StageFailure onFailure = StageFailure.FAIL;
        private boolean judgesEveryAnswer;
        private String id = "cascade";

        private Builder(List<Stage> before, ModelEndpoint last) {
            this.before = before;
            stages = new ArrayList<>(before);
            stages.add(new Stage(Objects.requireNonNull(last, "stage"), null));
        }

        /** Judges the latest stage's answers too, so that another stage can follow. */
        public Deferring keepWhen(DeferralRule rule) {
            return new Judged(before, stages.get(stages.size() - 1).endpoint).keepWhen(rule);
        }

        /** Judges the latest stage's answers too, under a {@linkplain Judged#acceptUnder guarantee}. */
        public Deferring acceptUnder(Guarantee guarantee) {
            return new Judged(before, stages.get(stages.size() - 1).endpoint).acceptUnder(guarantee);
        }

        /** Says what happens when a stage fails. */
        public Builder whenAStageFails(StageFailure choice) {
            onFailure = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /** Lets the rules judge answers that are empty, cut or malformed too. */
        public Builder judgeEveryAnswer() {
            judgesEveryAnswer = true;
            return this;
        }

        /** Names it in traces and errors. */
        public Builder named(String name) {
            id = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * {@return the cascade}
         *
         * @throws IllegalArgumentException if a rule {@linkplain DeferralRule#requireStage refuses} its stage, or if a
         *     guarantee could not be kept
         */
        public Cascade build() {
            stages.forEach(this::requireFitting);
            return new Cascade(this);
        }

        private void requireFitting(Stage stage) {
            if (stage.rule != null) {
                stage.rule.requireStage(id, stage.endpoint);
            }
            if (stage.guarantee != null && onFailure == StageFailure.DEFER_OR_KEEP) {
                throw new IllegalArgumentException("cascade " + id + " gives deferred answers of "
                        + stage.endpoint.id() + " after all when a later stage fails, so it cannot keep the promise that "
                        + stage.guarantee.promise() + "; valid is StageFailure.FAIL or DEFER");
            }
        }
    }
}
