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
 * <p>A rule sees what {@linkplain EarlierAnswers earlier stages} answered, and may {@linkplain Verdict#deferTo skip} stages;
 * what is skipped is not returned to. One object can {@linkplain #of(ModelEndpoint...) decide for all stages}, and with
 * which to begin.
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

    private record Stage(
            ModelEndpoint endpoint,
            @Nullable DeferralRule rule,
            @Nullable Guarantee guarantee) {

        Stage(ModelEndpoint endpoint, @Nullable DeferralRule rule) {
            this(endpoint, rule, null);
        }
    }

    /** A policy and the stages that it decides for. */
    private record Decided(StagePolicy policy, List<ModelEndpoint> stages) {}

    private final List<Stage> stages;
    private final @Nullable StagePolicy policy;
    private final StageFailure onFailure;
    private final boolean judgesEveryAnswer;

    private Cascade(Builder builder) {
        super(
                builder.id,
                "cascade",
                builder.stages.stream().map(Stage::endpoint).toList());
        stages = List.copyOf(builder.stages);
        policy = builder.decided == null ? null : builder.decided.policy;
        onFailure = builder.onFailure;
        judgesEveryAnswer = builder.judgesEveryAnswer;
    }

    /** Starts a cascade with its first stage. */
    public static Judged startingWith(ModelEndpoint first) {
        return new Judged(List.of(), first, null);
    }

    /** Starts a cascade of these stages, two or more, cheap ones first, with one {@link StagePolicy} for them all. */
    public static Undecided of(ModelEndpoint... stages) {
        return of(List.of(stages));
    }

    /** Starts a cascade of these stages, two or more, cheap ones first, with one {@link StagePolicy} for them all. */
    public static Undecided of(List<? extends ModelEndpoint> stages) {
        return new Undecided(List.copyOf(stages));
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        List<TandemException> failures = new ArrayList<>();
        List<EarlierAnswers.Answer> deferred = new ArrayList<>(2);
        int next = begin(call);
        while (next < stages.size()) {
            int at = next;
            next = at + 1;
            Stage stage = stages.get(at);
            String role = "stage " + next + " of " + stages.size();
            TandemException refusal = stage.endpoint.refusal(call.request()).orElse(null);
            if (refusal != null) {
                call.passOver(role, stage.endpoint, refusal);
                failures.add(refusal);
                continue;
            }
            Request judged = deferred.isEmpty()
                    ? call.request()
                    : call.request().evidence(EarlierAnswers.KEY, new EarlierAnswers(deferred));
            HeldBack held = heldBack(call, judged, stage);
            try {
                if (stage.rule == null) {
                    return call.reply(
                            call.ask(role, stage.endpoint, call.request().chat(), call.tokens()));
                }
                Reply reply = held == null ? call.ask(role, stage.endpoint) : ask(call, role, stage.endpoint, held);
                if (held != null && held.isCommitted()) {
                    return committed(call, reply, held.verdict());
                }
                Verdict verdict = judge(call, judged, stage.rule, reply);
                if (verdict.keeps()) {
                    return give(call, reply, verdict);
                }
                next = after(at, verdict);
                deferred.add(new EarlierAnswers.Answer(stage.endpoint.id(), reply));
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
                call,
                deferred.isEmpty() ? null : deferred.get(deferred.size() - 1).reply(),
                failures);
    }

    /** {@return where the policy begins; where no stage from there on can take the request, one before it may} */
    private int begin(StrategyCall call) {
        if (policy == null) {
            return 0;
        }
        Verdict verdict = call.plugIn("stage policy", () -> policy.begin(call.request()));
        if (verdict.keeps()) {
            throw new PluginException("stage policy of " + id() + " kept an answer before there was one: "
                    + verdict.why() + "; valid is a deferral to the stage to begin with");
        }
        int first = after(-1, verdict);
        for (int i = first; i > 0 && i < stages.size(); i++) {
            if (stages.get(i).endpoint.refusal(call.request()).isEmpty()) {
                call.decide(decision("begins with " + stages.get(first).endpoint.id(), verdict));
                return first;
            }
        }
        return 0;
    }

    /** {@return the place of the stage that this deferral leads to} */
    private int after(int at, Verdict verdict) {
        if (verdict.to().isEmpty()) {
            return at + 1;
        }
        for (int i = at + 1; i < stages.size(); i++) {
            if (stages.get(i).endpoint.id().equals(verdict.to())) {
                return i;
            }
        }
        throw new PluginException(
                "a verdict of " + id() + " defers to " + verdict.to() + "; valid is one of the later stages "
                        + stages.subList(at + 1, stages.size()).stream()
                                .map(stage -> stage.endpoint.id())
                                .toList());
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
    private @Nullable HeldBack heldBack(StrategyCall call, Request judged, Stage stage) {
        DeferralRule rule = stage.rule;
        return rule == null
                ? null
                : HeldBack.whileHeard(
                        call,
                        stage.endpoint.id(),
                        () -> call.plugIn("deferral rule", () -> rule.whileAnswering(judged)),
                        judgesEveryAnswer || TextSignal.asksForNoForm(call.request()),
                        onFailure != StageFailure.DEFER_OR_KEEP);
    }

    private static Reply ask(StrategyCall call, String role, ModelEndpoint endpoint, HeldBack held) {
        try {
            return call.ask(role, endpoint, held, held.stop());
        } finally {
            held.close();
        }
    }

    private Verdict judge(StrategyCall call, Request judged, DeferralRule rule, Reply reply) {
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

    /** A cascade whose stages still need their policy. */
    public static final class Undecided {

        private final List<ModelEndpoint> stages;

        private Undecided(List<ModelEndpoint> stages) {
            if (stages.size() < 2) {
                throw new IllegalArgumentException("a cascade has " + stages.size() + " stages; valid is two or more");
            }
            this.stages = stages;
        }

        /** Decides for all stages by this: the first to be asked, and after each answer what is next. */
        public Builder decidedBy(StagePolicy policy) {
            Objects.requireNonNull(policy, "policy");
            List<Stage> before = new ArrayList<>();
            for (ModelEndpoint stage : stages.subList(0, stages.size() - 1)) {
                before.add(new Stage(stage, (request, reply) -> policy.judge(request, stage.id(), reply)));
            }
            return new Builder(before, stages.get(stages.size() - 1), new Decided(policy, stages));
        }
    }

    /** A cascade whose latest stage still needs its rule. */
    public static final class Judged {

        private final List<Stage> before;
        private final ModelEndpoint latest;
        private final @Nullable Decided decided;

        private Judged(List<Stage> before, ModelEndpoint latest, @Nullable Decided decided) {
            this.before = before;
            this.latest = Objects.requireNonNull(latest, "stage");
            this.decided = decided;
        }

        /** Keeps the latest stage's answers that this rule keeps. */
        public Deferring keepWhen(DeferralRule rule) {
            List<Stage> stages = new ArrayList<>(before);
            stages.add(new Stage(latest, Objects.requireNonNull(rule, "rule")));
            return new Deferring(stages, decided);
        }

        /**
         * Keeps the latest stage's answers as this guarantee allows, so that the cascade keeps its promise: unlike a bare
         * {@link #keepWhen}, the cascade then refuses at build to {@linkplain StageFailure#DEFER_OR_KEEP give a deferred
         * answer after all}.
         */
        public Deferring acceptUnder(Guarantee guarantee) {
            List<Stage> stages = new ArrayList<>(before);
            stages.add(new Stage(latest, Objects.requireNonNull(guarantee, "guarantee"), guarantee));
            return new Deferring(stages, decided);
        }
    }

    /** A cascade that still needs somebody to defer to. */
    public static final class Deferring {

        private final List<Stage> stages;
        private final @Nullable Decided decided;

        private Deferring(List<Stage> stages, @Nullable Decided decided) {
            this.stages = stages;
            this.decided = decided;
        }

        /** Defers to this endpoint: the last stage, unless its answers are judged in turn. */
        public Builder deferTo(ModelEndpoint next) {
            return new Builder(stages, next, decided);
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
        private final @Nullable Decided decided;
        private StageFailure onFailure = StageFailure.FAIL;
        private boolean judgesEveryAnswer;
        private String id = "cascade";

        private Builder(List<Stage> before, ModelEndpoint last, @Nullable Decided decided) {
            this.before = before;
            this.decided = decided;
            stages = new ArrayList<>(before);
            stages.add(new Stage(Objects.requireNonNull(last, "stage"), null));
        }

        /** Judges the latest stage's answers too, so that another stage can follow. */
        public Deferring keepWhen(DeferralRule rule) {
            return new Judged(before, stages.get(stages.size() - 1).endpoint, decided).keepWhen(rule);
        }

        /** Judges the latest stage's answers too, under a {@linkplain Judged#acceptUnder guarantee}. */
        public Deferring acceptUnder(Guarantee guarantee) {
            return new Judged(before, stages.get(stages.size() - 1).endpoint, decided).acceptUnder(guarantee);
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
         * @throws IllegalArgumentException if a rule {@linkplain DeferralRule#requireStage refuses} its stage, a policy
         *     {@linkplain StagePolicy#requireStages its stages}, or if a guarantee could not be kept
         */
        public Cascade build() {
            if (decided != null) {
                decided.policy.requireStages(id, decided.stages);
            }
            stages.forEach(this::requireFitting);
            return new Cascade(this);
        }

        private void requireFitting(Stage stage) {
            if (stage.rule != null) {
                stage.rule.requireStage(id, stage.endpoint);
            }
            if (stage.guarantee != null && onFailure == StageFailure.DEFER_OR_KEEP) {
                throw new IllegalArgumentException("cascade " + id + " gives deferred answers of "
                        + stage.endpoint.id()
                        + " after all when a later stage fails, so it cannot keep the promise that "
                        + stage.guarantee.promise() + "; valid is StageFailure.FAIL or DEFER");
            }
        }
    }
}
