package io.github.tandem4j.router.defence;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.DeferralRule;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Inquiry;
import io.github.tandem4j.routing.Router;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Lets each caller be escalated to the strong endpoint so often and no more: who has found words that drive every query there
 * (Shafran, Schuster, Ristenpart and Shmatikov, Rerouting LLM Routers, arXiv 2501.01818) gains a quota and not the budget.
 *
 * <pre>{@code
 * EscalationQuota quota = EscalationQuota.of(20, Duration.ofHours(1));
 * Router limited = quota.around(router, large, small);     // small answers once the quota is used up
 * DeferralRule rule = quota.around(threshold);             // the answer stands once the quota is used up
 * }</pre>
 *
 * <p>A caller is the request's tenant, which the application sets and no prompt can; requests without one share one quota. It
 * is a token bucket: full at first, refilled evenly. Choices are counted, whether their calls then succeed or not. At most
 * 100,000 callers are remembered; one that is forgotten, because others came, starts with a full bucket, so names of tenants
 * must not be a caller's to choose. A router that abstains leaves the choice to its routing, so that counts as well. So do
 * answers that are empty, cut or malformed, which a cascade defers unjudged: once the quota is used up they stand too. A stage
 * that fails is passed over whatever the quota says.
 *
 * <p>Thread-safe.
 */
public final class EscalationQuota {

    private static final int MOST_CALLERS = 100_000;

    /** What is left in a bucket, when. */
    private record Bucket(double left, long atMillis) {}

    private final int most;
    private final Duration time;
    private final Clock clock;
    private final Cache<String, Bucket> callers;

    private EscalationQuota(int most, Duration time, Clock clock) {
        if (most < 1 || time.toMillis() < 1) {
            throw new IllegalArgumentException("quota is " + most + " escalations in " + time
                    + "; valid is one or more, in a millisecond or more");
        }
        this.most = most;
        this.time = time;
        this.clock = Objects.requireNonNull(clock, "clock");
        callers = Caffeine.newBuilder()
                .maximumSize(MOST_CALLERS)
                .expireAfterWrite(time) // by then a bucket is full again, and nothing is lost
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
    }

    /** {@return a quota of so many escalations in this time for each caller, by the system's clock} */
    public static EscalationQuota of(int most, Duration time) {
        return of(most, time, Clock.systemUTC());
    }

    /** {@return a quota of so many escalations in this time for each caller, by this clock} */
    public static EscalationQuota of(int most, Duration time, Clock clock) {
        return new EscalationQuota(most, time, clock);
    }

    /**
     * {@return the router, whose choice of the strong endpoint uses up the caller's quota; once that is empty the other
     * endpoint is chosen, or none if it cannot take the request}
     */
    public Router around(Router router, ModelEndpoint strong, ModelEndpoint otherwise) {
        return new Limited(
                this,
                Objects.requireNonNull(router, "router"),
                Objects.requireNonNull(strong, "strong endpoint"),
                Objects.requireNonNull(otherwise, "other endpoint"));
    }

    /** {@return the rule, whose deferrals use up the caller's quota; once that is empty the answer is kept, malformed ones too} */
    public DeferralRule around(DeferralRule rule) {
        return new LimitedRule(this, Objects.requireNonNull(rule, "rule"));
    }

    /** Takes one from the caller's bucket, if there is one. */
    boolean takes(Request request) {
        String caller = request.context().tenant().orElse("");
        boolean[] taken = {false};
        callers.asMap().compute(caller, (any, before) -> {
            long now = clock.millis();
            double left = before == null
                    ? most
                    : Math.min(
                            most, before.left + Math.max(0, now - before.atMillis) * (double) most / time.toMillis());
            taken[0] = left >= 1;
            return new Bucket(taken[0] ? left - 1 : left, now);
        });
        return taken[0];
    }

    private String used() {
        return "the caller's quota of " + most + " escalations in " + time + " is used up";
    }

    /** It waits for the whole answer, since an early deferral would not be counted. */
    private record LimitedRule(EscalationQuota quota, DeferralRule rule) implements DeferralRule {

        @Override
        public Verdict judge(Request request, Reply reply) {
            return limited(request, rule.judge(request, reply));
        }

        @Override
        public Verdict judgeMalformed(Request request, Reply reply, Verdict deferral) {
            return limited(request, rule.judgeMalformed(request, reply, deferral));
        }

        private Verdict limited(Request request, Verdict verdict) {
            return verdict.keeps() || quota.takes(request)
                    ? verdict
                    : new Verdict(true, quota.used() + ", so kept although: " + verdict.why(), verdict.confidence());
        }

        @Override
        public ReadingWishes wishes() {
            return rule.wishes();
        }

        @Override
        public void requireStage(String cascade, ModelEndpoint stage) {
            rule.requireStage(cascade, stage);
        }
    }

    private record Limited(EscalationQuota quota, Router router, ModelEndpoint strong, ModelEndpoint otherwise)
            implements Router {

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates) {
            return choose(request, candidates, Inquiry.NONE);
        }

        @Override
        public Choice choose(Request request, List<ModelEndpoint> candidates, Inquiry inquiry) {
            Choice choice = router.choose(request, candidates, inquiry);
            boolean escalates = choice.endpoint().map(strong::equals).orElse(true);
            if (!escalates || quota.takes(request)) {
                return choice;
            }
            String why = quota.used() + ", instead of " + choice;
            return candidates.contains(otherwise) ? choice.instead(otherwise, why) : choice.abstaining(why);
        }

        @Override
        public List<ModelEndpoint> helpers() {
            return router.helpers();
        }

        @Override
        public void requireAmong(String routing, List<ModelEndpoint> candidates) {
            for (ModelEndpoint named : List.of(strong, otherwise)) {
                if (!candidates.contains(named)) {
                    throw new IllegalArgumentException("an escalation quota names " + named.id()
                            + ", which is no candidate of " + routing + "; its candidates are "
                            + candidates.stream().map(ModelEndpoint::id).toList());
                }
            }
            router.requireAmong(routing, candidates);
        }
    }
}
