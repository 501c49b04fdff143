package io.github.tandem4j.cascade;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
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
 * what is skipped is not returned to, unless nothing behind it can take the request. A rule may wish to {@linkplain
 * DeferralRule#wishes read} the hidden states of the stage. One object can {@linkplain #of(ModelEndpoint...) decide for all stages}, and with
 * which to begin.
 *
 * <p>The answer of the last stage is never judged. That of an earlier one is deferred without asking its rule if it is
 * no whole answer of the form that was asked for: {@linkplain TextSignal#EMPTY empty}, {@linkplain TextSignal#TRUNCATED
 * cut}, {@linkplain TextSignal#BROKEN_JSON broken JSON} or a {@linkplain TextSignal#BROKEN_TOOL_CALL broken tool call};
 * see {@link Builder#judgeEveryAnswer}. The cost of every stage that was asked counts. A stage that cannot
 * take the request (capability, window, privacy, budget) is passed over; when the stage that a deferral skips to and all
 * behind it are such, the skipped ones are asked after all, in their order, and the trace says so. When a rule defers and
 * no stage is left that can, that is a failure of the last stage. What failures lead to is the caller's choice: {@link StageFailure#FAIL} unless
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
        return new CascadeCall(id(), stages, policy, onFailure, judgesEveryAnswer, call).run();
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        List<TandemException> refusals = new ArrayList<>();
        for (Stage stage : stages) {
            Optional<TandemException> refusal = stage.endpoint().refusal(request);
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
                before.add(new Stage(stage, new PolicyRule(policy, stage.id())));
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
            return new Judged(before, stages.get(stages.size() - 1).endpoint(), decided).keepWhen(rule);
        }

        /** Judges the latest stage's answers too, under a {@linkplain Judged#acceptUnder guarantee}. */
        public Deferring acceptUnder(Guarantee guarantee) {
            return new Judged(before, stages.get(stages.size() - 1).endpoint(), decided).acceptUnder(guarantee);
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
            if (stage.rule() != null) {
                stage.rule().requireStage(id, stage.endpoint());
            }
            if (stage.guarantee() != null && onFailure == StageFailure.DEFER_OR_KEEP) {
                throw new IllegalArgumentException("cascade " + id + " gives deferred answers of "
                        + stage.endpoint().id()
                        + " after all when a later stage fails, so it cannot keep the promise that "
                        + stage.guarantee().promise() + "; valid is StageFailure.FAIL or DEFER");
            }
        }
    }
}
