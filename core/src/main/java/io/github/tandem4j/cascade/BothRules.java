package io.github.tandem4j.cascade;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps what both rules keep. */
final class BothRules implements DeferralRule {

    private final DeferralRule first;
    private final DeferralRule second;

    BothRules(DeferralRule first, DeferralRule second) {
        this.first = first;
        this.second = Objects.requireNonNull(second, "rule");
    }

    @Override
    public Verdict judge(Request request, Reply reply) {
        Verdict one = first.judge(request, reply);
        return one.keeps() ? both(one, second.judge(request, reply)) : one;
    }

    @Override
    public Verdict judgeMalformed(Request request, Reply reply, Verdict deferral) {
        return second.judgeMalformed(request, reply, first.judgeMalformed(request, reply, deferral));
    }

    @Override
    public ReadingWishes wishes() {
        return first.wishes().and(second.wishes());
    }

    @Override
    public void requireStage(String cascade, ModelEndpoint stage) {
        first.requireStage(cascade, stage);
        second.requireStage(cascade, stage);
    }

    @Override
    public RunningJudge whileAnswering(Request request) {
        RunningJudge one = first.whileAnswering(request);
        RunningJudge two = second.whileAnswering(request);
        if (one == RunningJudge.PATIENT && two == RunningJudge.PATIENT) {
            return RunningJudge.PATIENT;
        }
        Remembering first = new Remembering(one);
        Remembering second = new Remembering(two);
        return (text, scores) -> {
            Verdict a = first.hear(text, scores);
            Verdict b = second.hear(text, scores);
            if (a != null && !a.keeps()) {
                return Optional.of(a);
            }
            if (b != null && !b.keeps()) {
                return Optional.of(b);
            }
            return a == null || b == null ? Optional.empty() : Optional.of(both(a, b));
        };
    }

    private static Verdict both(Verdict one, Verdict two) {
        return two.keeps() ? new Verdict(true, one.why() + ", " + two.why(), one.confidence()) : two;
    }

    /** A judge that is not asked again once it has decided. */
    static final class Remembering {

        private final RunningJudge judge;
        private @Nullable Verdict verdict;

        Remembering(RunningJudge judge) {
            this.judge = judge;
        }

        @Nullable
        Verdict hear(String text, TokenScores scores) {
            if (verdict == null) {
                verdict = judge.hear(text, scores).orElse(null);
            }
            return verdict;
        }
    }
}
