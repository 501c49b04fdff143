package io.github.tandem4j.cascade;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;

/** A policy, as the rule of one of its stages. */
record PolicyRule(StagePolicy policy, String stage) implements DeferralRule {

    @Override
    public Verdict judge(Request request, Reply reply) {
        return policy.judge(request, stage, reply);
    }

    @Override
    public ReadingWishes wishes() {
        return policy.wishes(stage);
    }
}
