package io.github.tandem4j;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An amount of money, of tokens, or of both that the calls under it may use up together. Before a model is called its
 * worst case is reserved; afterwards what it really used is settled, and the rest comes back. So however many threads
 * share one budget, their calls together never exceed it (unless a provider bills more tokens than a request's worst
 * case, in which case the budget stands overdrawn and refuses every further call). Thread-safe.
 */
public final class Budget {

    private final @Nullable Account money;
    private final @Nullable Account tokens;

    private Budget(@Nullable Account money, @Nullable Account tokens) {
        this.money = money;
        this.tokens = tokens;
    }

    /** {@return a budget of money; not negative} */
    public static Budget ofUsd(Usd limit) {
        return new Budget(new Account("money budget", limit.nanos()), null);
    }

    /** {@return a budget of money, such as {@code "0.002"} US dollars; not negative} */
    public static Budget ofUsd(String limit) {
        return ofUsd(Usd.of(limit));
    }

    /** {@return a budget of prompt and completion tokens together; not negative} */
    public static Budget ofTokens(long limit) {
        return new Budget(null, new Account("token budget", limit));
    }

    /** {@return what the settled calls have spent; zero if money is not limited, and so not counted, here} */
    public Usd spent() {
        return money == null ? Usd.ZERO : new Usd(money.used.get());
    }

    /** {@return the money neither spent nor reserved; empty if money is not limited} */
    public Optional<Usd> remaining() {
        return money == null ? Optional.empty() : Optional.of(new Usd(money.free()));
    }

    /** {@return the tokens neither used nor reserved; empty if tokens are not limited} */
    public OptionalLong remainingTokens() {
        return tokens == null ? OptionalLong.empty() : OptionalLong.of(tokens.free());
    }

    boolean limitsMoney() {
        return money != null;
    }

    /** An n-th of what is free now, as a limit of its own within this one: what is taken from it is taken from both. */
    Budget share(int n) {
        return new Budget(money == null ? null : money.share(n), tokens == null ? null : tokens.share(n));
    }

    /** {@return what is missing in words, or null if all of it is free now; nothing is reserved} */
    @Nullable
    String missing(Usd worstCase, long worstCaseTokens) {
        if (money != null && money.free() < worstCase.nanos()) {
            return missingMoney(worstCase, money);
        }
        return tokens != null && tokens.free() < worstCaseTokens ? missingTokens(worstCaseTokens, tokens) : null;
    }

    /** {@return what is missing in words, or null if all of it was reserved} */
    @Nullable
    String reserve(Usd worstCase, long worstCaseTokens) {
        if (money != null && !money.reserve(worstCase.nanos())) {
            return missingMoney(worstCase, money);
        }
        if (tokens != null && !tokens.reserve(worstCaseTokens)) {
            if (money != null) {
                money.settle(worstCase.nanos(), 0);
            }
            return missingTokens(worstCaseTokens, tokens);
        }
        return null;
    }

    private static String missingMoney(Usd needed, Account money) {
        return "needs up to " + needed + ", and " + new Usd(money.free()) + " of a money budget of "
                + new Usd(money.limit) + " is left";
    }

    private static String missingTokens(long needed, Account tokens) {
        return "needs up to " + needed + " tokens, and " + tokens.free() + " of a token budget of " + tokens.limit
                + " are left";
    }

    void settle(Usd reserved, Usd actual, long reservedTokens, long actualTokens) {
        if (money != null) {
            money.settle(reserved.nanos(), actual.nanos());
        }
        if (tokens != null) {
            tokens.settle(reservedTokens, actualTokens);
        }
    }

    @Override
    public String toString() {
        String limits = (money == null ? "" : new Usd(money.free()) + " of " + new Usd(money.limit))
                + (money == null || tokens == null ? "" : ", ")
                + (tokens == null ? "" : tokens.free() + " of " + tokens.limit + " tokens");
        return "Budget[" + limits + " left]";
    }

    /** One limited quantity, within another where it is a share. {@code committed} is what is used plus reserved. */
    private static final class Account {

        private final String name;
        private final long limit;
        private final @Nullable Account whole;
        private final AtomicLong committed = new AtomicLong();
        private final AtomicLong used = new AtomicLong();

        Account(String name, long limit) {
            this(name, limit, null);
        }

        private Account(String name, long limit, @Nullable Account whole) {
            if (limit < 0) {
                throw new IllegalArgumentException(name + " is " + limit + "; valid is zero or more");
            }
            this.name = name;
            this.limit = limit;
            this.whole = whole;
        }

        Account share(int n) {
            return new Account(name, Math.max(0, free()) / n, this);
        }

        long free() {
            long own = limit - committed.get();
            return whole == null ? own : Math.min(own, whole.free());
        }

        boolean reserve(long amount) {
            long now;
            do {
                now = committed.get();
                if (amount > limit - now) {
                    return false;
                }
            } while (!committed.compareAndSet(now, now + amount));
            if (whole != null && !whole.reserve(amount)) {
                committed.addAndGet(-amount);
                return false;
            }
            return true;
        }

        void settle(long reserved, long actual) {
            if (whole != null) {
                whole.settle(reserved, actual);
            }
            used.addAndGet(actual);
            committed.addAndGet(actual - reserved);
        }
    }
}
