package io.github.tandem4j.router.online;

import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Usd;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Holds what is spent in a period, such as a day, to a budget, by moving the price of quality: what one unit of quality in
 * one answer is worth. Nobody sets a threshold.
 *
 * <pre>{@code
 * BudgetPacer pacer = BudgetPacer.spending(Usd.of("20")).in(Duration.ofDays(1)).start();
 * Router value = BestValue.by(estimator).payingForQuality(pacer::priceOfQuality);
 * ModelEndpoint assistant = pacer.around(Routing.among(small, medium, large).by(value).build());
 * }</pre>
 *
 * <p>The multiplier λ of the budget, one over the price, moves by mirror descent on the dual (Balseiro and Gur, Learning in
 * Repeated Auctions with Budgets, Management Science 65(9), 2019; Balseiro, Lu and Mirrokni, The Best of Many Worlds: Dual
 * Mirror Descent for Online Allocation Problems, Operations Research 71(1), 2023): {@code log λ += 50/budget · (spent −
 * planned)} at each choice and each cost, by one at most. What is planned until now is what is left of the budget, spread
 * over what is left of the period as traffic was in earlier periods, in {@value PeriodPlan#SLOTS} slots (evenly in the
 * first): so the price stays about level while the traffic rises and falls, which is where quality is bought at the least
 * cost, and what was spent too much or too little is made good in the rest of the period.
 *
 * <p>It aims and does not stop: a budget that must not be exceeded is a {@link io.github.tandem4j.Budget} on the requests,
 * beside it. What is left at the end of a period does not count in the next.
 *
 * <p>A period that is spread over few calls, fewer than a hundred, is held coarsely: one call is then a notable part of it.
 *
 * <p>Thread-safe; no lock is held during a call.
 */
public final class BudgetPacer {

    private static final double STEP = 50;
    private static final double LONGEST_STEP = 1;
    private static final double CHEAPEST = 1; // nano-dollars for a unit of quality
    private static final double DEAREST = 1e15;

    private final Usd budget;
    private final Duration period;
    private final Clock clock;
    private final Instant start;
    private final PeriodPlan plan = new PeriodPlan();
    private double logPrice;
    private long index;
    private double at;
    private long spentNanos;

    private BudgetPacer(Builder builder, Duration period) {
        budget = builder.budget;
        this.period = period;
        clock = builder.clock;
        start = clock.instant();
        logPrice = Math.log((double) builder.firstPrice.nanos());
    }

    /** Starts with what may be spent in a period; more than zero. */
    public static Builder spending(Usd budget) {
        return new Builder(budget);
    }

    /** {@return what one unit of quality in one answer is worth now, more than zero} */
    public synchronized Usd priceOfQuality() {
        moveTo(clock.instant());
        return new Usd(Math.round(Math.exp(logPrice)));
    }

    /**
     * Counts what one call has cost, at the time that it ended. An endpoint {@linkplain #around paced} does it by itself.
     *
     * @param cost zero or more
     */
    public synchronized void spent(Usd cost) {
        if (cost.nanos() < 0) {
            throw new IllegalArgumentException("a call cost " + cost + "; valid is zero or more");
        }
        moveTo(clock.instant());
        spentNanos = Math.addExact(spentNanos, cost.nanos());
        plan.count();
        step(-(double) cost.nanos());
    }

    /** {@return what was spent in this period} */
    public synchronized Usd spent() {
        moveTo(clock.instant());
        return new Usd(spentNanos);
    }

    /**
     * {@return the endpoint, each of whose calls is counted, failed ones that cost something too}
     *
     * <p>Put it around all that the budget pays for, outermost; it changes nothing else.
     */
    public ModelEndpoint around(ModelEndpoint endpoint) {
        return new PacedEndpoint(endpoint, this);
    }

    void count(Cost cost) {
        spent(cost.usd());
    }

    private void moveTo(Instant now) {
        double elapsed = Math.max(0, seconds(Duration.between(start, now)) / seconds(period));
        long whole = (long) elapsed;
        double within = elapsed - whole;
        if (whole > index) {
            plan.endPeriod();
            index = whole;
            at = 0;
            spentNanos = 0;
        }
        if (whole == index && within > at) { // a clock that was set back is waited for
            double left = plan.left(at);
            double planned = left <= 0 ? 0 : (budget.nanos() - spentNanos) * (left - plan.left(within)) / left;
            at = within;
            plan.at(within);
            step(planned);
        }
    }

    private void step(double unspentNanos) {
        double step = STEP * unspentNanos / budget.nanos();
        step = Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
        logPrice = Math.max(Math.log(CHEAPEST), Math.min(Math.log(DEAREST), logPrice + step));
    }

    private static double seconds(Duration time) {
        return time.getSeconds() + time.getNano() / 1e9;
    }

    @Override
    public synchronized String toString() {
        return "BudgetPacer[" + new Usd(spentNanos) + " of " + budget + " spent in this period, quality at "
                + new Usd(Math.round(Math.exp(logPrice))) + "]";
    }

    /**
     * Builds a pacer.
     *
     * <ul>
     *   <li>a unit of quality in one answer is worth a cent, to start with
     *   <li>time: the system's clock
     * </ul>
     */
    public static final class Builder {

        private final Usd budget;
        private Usd firstPrice = Usd.of("0.01");
        private Clock clock = Clock.systemUTC();
        private Duration period = Duration.ofDays(1);

        private Builder(Usd budget) {
            if (budget.nanos() <= 0) {
                throw new IllegalArgumentException("budget of a period is " + budget + "; valid is more than zero");
            }
            this.budget = budget;
        }

        /** Is the budget of this period, which begins when the pacer starts, and of each after it; a day unless said. */
        public Builder in(Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("period is " + time + "; valid is more than zero");
            }
            period = time;
            return this;
        }

        /** Starts with this price of quality, more than zero; it finds the right one by itself, sooner from near it. */
        public Builder firstPrice(Usd price) {
            if (price.nanos() <= 0) {
                throw new IllegalArgumentException(
                        "first price of a unit of quality is " + price + "; valid is more than zero");
            }
            firstPrice = price;
            return this;
        }

        /** Tells the time by this clock. */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "clock");
            return this;
        }

        /** {@return the pacer, whose first period begins now} */
        public BudgetPacer start() {
            return new BudgetPacer(this, period);
        }
    }
}
