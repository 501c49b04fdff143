package io.github.tandem4j.router.certificates;

import io.github.tandem4j.Ballot;
import io.github.tandem4j.Budget;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Labels audited answers by themselves: asks a stronger endpoint the same question, and takes an answer that disagrees with
 * its own for wrong. So what is watched is the disagreement, which is the error only as far as the stronger one is right.
 *
 * <pre>{@code
 * Audit audit = Audit.share(0.02).to(AgreementLabels.with(large, monitor).within(Budget.ofUsd("5")));
 * }</pre>
 *
 * <p>A question keeps its privacy label, so that what may not travel is not asked; it is asked after its own call is over,
 * so within its own budget and not the caller's. An answer that could not be compared is {@linkplain #unlabelled counted}
 * and not observed. What is found goes into the audit's {@linkplain Audit#estimate estimate} too. Thread-safe.
 */
public final class AgreementLabels implements Consumer<AuditedAnswer> {

    private static final Logger LOG = LoggerFactory.getLogger(AgreementLabels.class);

    private record Spent(Cost cost, long labelled, long unlabelled) {}

    private final ModelEndpoint stronger;
    private final PromiseMonitor monitor;
    private final BiPredicate<Reply, Reply> agree;
    private final @Nullable Budget budget;
    private final AtomicReference<Spent> spent;

    private AgreementLabels(
            ModelEndpoint stronger,
            PromiseMonitor monitor,
            BiPredicate<Reply, Reply> agree,
            @Nullable Budget budget,
            AtomicReference<Spent> spent) {
        this.stronger = Objects.requireNonNull(stronger, "stronger endpoint");
        this.monitor = Objects.requireNonNull(monitor, "monitor");
        this.agree = Objects.requireNonNull(agree, "comparison");
        this.budget = budget;
        this.spent = spent;
    }

    /** {@return labels for this monitor by agreement with this endpoint: answers agree if their {@link Ballot}s are equal} */
    public static AgreementLabels with(ModelEndpoint stronger, PromiseMonitor monitor) {
        return new AgreementLabels(
                stronger,
                monitor,
                (one, other) -> Ballot.of(one).isPresent() && Ballot.of(one).equals(Ballot.of(other)),
                null,
                new AtomicReference<>(new Spent(Cost.NONE, 0, 0)));
    }

    /** {@return the same, with answers compared by this: the audited one first, then that of the stronger endpoint} */
    public AgreementLabels comparing(BiPredicate<Reply, Reply> comparison) {
        return new AgreementLabels(stronger, monitor, comparison, budget, spent);
    }

    /** {@return the same, that spends no more than this budget} */
    public AgreementLabels within(Budget most) {
        return new AgreementLabels(stronger, monitor, agree, Objects.requireNonNull(most, "budget"), spent);
    }

    @Override
    public void accept(AuditedAnswer audited) {
        Request question = Request.of(audited.request().chat())
                .label(audited.request().context().label());
        String tenant = audited.request().context().tenant().orElse(null);
        if (tenant != null) {
            question = question.tenant(tenant);
        }
        if (budget != null) {
            question = question.within(budget);
        }
        Reply other;
        try {
            other = stronger.answer(question);
        } catch (TandemException e) {
            Cost cost = e.trace().map(trace -> trace.cost()).orElse(Cost.NONE);
            spent.updateAndGet(s -> new Spent(s.cost.plus(cost), s.labelled, s.unlabelled + 1));
            audited.cannotBeJudged();
            LOG.warn("{} has no label: {}", audited, e.getMessage());
            return;
        }
        boolean wrong = !agree.test(audited.reply(), other);
        spent.updateAndGet(s -> new Spent(s.cost.plus(other.cost()), s.labelled + 1, s.unlabelled));
        monitor.observe(wrong ? 1 : 0);
        audited.judge(wrong ? 1 : 0);
    }

    /** {@return what the labels have cost so far} */
    public Cost cost() {
        return spent().cost;
    }

    /** {@return how many answers were compared} */
    public long labelled() {
        return spent().labelled;
    }

    /** {@return how many could not be} */
    public long unlabelled() {
        return spent().unlabelled;
    }

    private Spent spent() {
        return Objects.requireNonNull(spent.get(), "never set to null");
    }

    @Override
    public String toString() {
        return "agreement with " + stronger.id() + ": " + labelled() + " compared, " + unlabelled() + " not, " + cost();
    }
}
