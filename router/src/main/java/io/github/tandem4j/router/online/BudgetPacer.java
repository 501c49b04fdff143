package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.VersionedFile;
import java.io.IOException;
import java.nio.file.Path;
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
 * planned)}, where each cost and the time between two of them move it by one at most; how
 * often the price is asked for changes nothing. What is planned until now is what is left of the budget, spread
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

    private static final String KIND = "budget-pacer";
    private static final int VERSION = 1;
    private static final double STEP = 50;
    private static final double LONGEST_STEP = 1;
    private static final double CHEAPEST = 1; // nano-dollars for a unit of quality
    private static final double DEAREST = 1e15;

    private final Usd budget;
    private final Duration period;
    private final Clock clock;
    private final Instant start;
    private PeriodPlan plan = new PeriodPlan();
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

    private BudgetPacer(Builder builder, Duration period, VersionedFile file) {
        budget = builder.budget;
        this.period = period;
        clock = builder.clock;
        JsonNode content = file.content();
        requireSame(file, "budget_nanos", budget.nanos());
        requireSame(file, "period_seconds", period.getSeconds());
        requireSame(file, "period_nanos", period.getNano());
        start = Instant.ofEpochSecond((long) file.number(content, "start_seconds", -1e11, 1e11), (long)
                file.number(content, "start_nanos", 0, 999_999_999));
        index = (long) file.number(content, "periods", 0, 1e15);
        at = file.number(content, "part", 0, 1);
        spentNanos = (long) file.number(content, "spent_nanos", 0, 9e18);
        logPrice = file.number(content, "log_price", Math.log(CHEAPEST), Math.log(DEAREST));
        plan = PeriodPlan.read(file);
        plan.at(at);
    }

    private static void requireSame(VersionedFile file, String field, long own) {
        JsonNode found = file.content().path(field);
        if (!found.isIntegralNumber() || found.asLong() != own) {
            throw file.refused(field, found.isMissingNode() ? "missing" : "" + found, own + ", the pacer's");
        }
    }

    /**
     * Writes where it stands, so that a restart changes neither the price nor what was spent: beside the file, and moved into
     * place.
     *
     * @throws IOException if that fails; the file is then as it was
     */
    public void write(Path path) throws IOException {
        ObjectNode file = VersionedFile.begin(KIND, VERSION);
        synchronized (this) {
            file.put("budget_nanos", budget.nanos())
                    .put("period_seconds", period.getSeconds())
                    .put("period_nanos", period.getNano())
                    .put("start_seconds", start.getEpochSecond())
                    .put("start_nanos", start.getNano())
                    .put("periods", index)
                    .put("part", at)
                    .put("spent_nanos", spentNanos)
                    .put("log_price", logPrice);
            plan.write(file);
        }
        VersionedFile.write(path, file);
    }

    /** Starts with what may be spent in a period; more than zero. */
    public static Builder spending(Usd budget) {
        return new Builder(budget);
    }

    /** {@return what one unit of quality in one answer is worth now, more than zero} */
    public synchronized Usd priceOfQuality() {
        return new Usd(Math.round(Math.exp(standing(clock.instant()).logPrice)));
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
        Standing now = standing(clock.instant());
        plan = now.plan;
        index = now.index;
        at = now.at;
        plan.at(at);
        plan.count();
        spentNanos = Math.addExact(now.spentNanos, cost.nanos());
        logPrice = stepped(now.logPrice, -(double) cost.nanos());
    }

    /** {@return what was spent in this period} */
    public synchronized Usd spent() {
        return new Usd(standing(clock.instant()).spentNanos);
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

    /** Where it stands at this time if nothing more is spent: looking at it changes nothing. */
    private record Standing(PeriodPlan plan, long index, double at, long spentNanos, double logPrice) {}

    private Standing standing(Instant now) {
        double elapsed = Math.max(0, seconds(Duration.between(start, now)) / seconds(period));
        long whole = (long) elapsed;
        double within = elapsed - whole;
        if (whole < index || (whole == index && within <= at)) { // a clock that was set back is waited for
            return new Standing(plan, index, at, spentNanos, logPrice);
        }
        PeriodPlan planned = plan;
        double from = at;
        long spent = spentNanos;
        if (whole > index) {
            planned = plan.copy();
            planned.endPeriod();
            from = 0;
            spent = 0;
        }
        double left = planned.left(from);
        double due = left <= 0 ? 0 : (budget.nanos() - spent) * (left - planned.left(within)) / left;
        return new Standing(planned, whole, within, spent, stepped(logPrice, due));
    }

    private double stepped(double from, double unspentNanos) {
        double step = STEP * unspentNanos / budget.nanos();
        step = Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
        return Math.max(Math.log(CHEAPEST), Math.min(Math.log(DEAREST), from + step));
    }

    private static double seconds(Duration time) {
        return time.getSeconds() + time.getNano() / 1e9;
    }

    @Override
    public synchronized String toString() {
        return "BudgetPacer[" + spent() + " of " + budget + " spent in this period, quality at " + priceOfQuality()
                + "]";
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

        /**
         * {@return the pacer that {@link BudgetPacer#write} wrote, which goes on in the period that it was in, or in a later one}
         *
         * @throws ModelFileException if the file is of another budget, period or version, or damaged
         */
        public BudgetPacer read(Path path) throws IOException {
            return new BudgetPacer(this, period, VersionedFile.read(path, KIND, VERSION));
        }
    }
}
