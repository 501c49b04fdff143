package io.github.tandem4j.cascade;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Defers what shows one of some signs, and else judges as another rule does. */
final class UnlessSignalled implements DeferralRule {

    private final DeferralRule rule;
    private final List<TextSignal> signals;

    UnlessSignalled(DeferralRule rule, TextSignal... signals) {
        this.rule = rule;
        this.signals = List.of(signals);
    }

    @Override
    public Verdict judge(Request request, Reply reply) {
        for (TextSignal signal : signals) {
            if (signal.isIn(request, reply)) {
                return Verdict.defer("answer is " + signal.description());
            }
        }
        return rule.judge(request, reply);
    }

    @Override
    public Verdict judgeMalformed(Request request, Reply reply, Verdict deferral) {
        return rule.judgeMalformed(request, reply, deferral);
    }

    @Override
    public ReadingWishes wishes() {
        return rule.wishes();
    }

    @Override
    public void requireStage(String cascade, ModelEndpoint stage) {
        rule.requireStage(cascade, stage);
    }

    @Override
    public RunningJudge whileAnswering(Request request) {
        RunningJudge judge = rule.whileAnswering(request);
        if (judge == RunningJudge.PATIENT) {
            return judge;
        }
        BothRules.Remembering inner = new BothRules.Remembering(judge);
        List<TextSignal> possible = new ArrayList<>(signals);
        StringBuilder start = new StringBuilder();
        return (text, scores) -> {
            Verdict verdict = inner.hear(text, scores);
            if (!possible.isEmpty()) {
                // Blanks before the first word say nothing, and a model may make many of them.
                start.append(start.isEmpty() ? text.stripLeading() : text);
                possible.removeIf(signal -> signal.isRuledOut(request, start));
            }
            return verdict != null && (!verdict.keeps() || possible.isEmpty())
                    ? Optional.of(verdict)
                    : Optional.empty();
        };
    }
}
