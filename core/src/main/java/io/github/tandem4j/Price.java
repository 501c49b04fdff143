package io.github.tandem4j;

import java.math.BigDecimal;

/**
 * What a model's tokens cost, in US dollars per million tokens. What a call will cost at most is reckoned without the
 * cache, which nobody can count on; what it has cost, with what the provider says it read from there.
 *
 * @param perMillionInputTokens what a million prompt tokens cost, zero to 1,000,000
 * @param perMillionOutputTokens what a million completion tokens cost, zero to 1,000,000
 * @param perMillionCachedInputTokens what a million prompt tokens cost that the provider has in its cache, zero to what
 *     other prompt tokens cost
 */
public record Price(
        BigDecimal perMillionInputTokens, BigDecimal perMillionOutputTokens, BigDecimal perMillionCachedInputTokens) {

    private static final BigDecimal DEAREST = new BigDecimal("1000000");
    private static final int MOST_DECIMALS = 100;

    /** Costs no money: a model on the caller's own machine, unless the caller prices its time. */
    public static final Price FREE = new Price(BigDecimal.ZERO, BigDecimal.ZERO);

    /**
     * Refuses negative prices, any above a dollar a token, and cached tokens that are dearer than others, with an {@link
     * IllegalArgumentException}.
     */
    public Price {
        requireValid("input", perMillionInputTokens);
        requireValid("output", perMillionOutputTokens);
        requireValid("cached input", perMillionCachedInputTokens);
        if (perMillionCachedInputTokens.compareTo(perMillionInputTokens) > 0) {
            throw new IllegalArgumentException("price of a million cached input tokens is "
                    + perMillionCachedInputTokens + "; valid is zero to " + perMillionInputTokens
                    + ", the price of other input tokens");
        }
    }

    /** A price at which cached prompt tokens cost as much as others. */
    public Price(BigDecimal perMillionInputTokens, BigDecimal perMillionOutputTokens) {
        this(perMillionInputTokens, perMillionOutputTokens, perMillionInputTokens);
    }

    /**
     * Reads a price such as {@code perMillionTokens("0.15", "0.60")}.
     *
     * @throws IllegalArgumentException if either is no decimal number, is negative or is above a dollar a token
     */
    public static Price perMillionTokens(String input, String output) {
        return new Price(parse("input", input), parse("output", output));
    }

    /**
     * Reads a price such as {@code perMillionTokens("0.15", "0.60", "0.075")}.
     *
     * @throws IllegalArgumentException if one is no decimal number, is negative or is above a dollar a token, or cached
     *     tokens are dearer than others
     */
    public static Price perMillionTokens(String input, String output, String cachedInput) {
        return new Price(parse("input", input), parse("output", output), parse("cached input", cachedInput));
    }

    /** {@return what that many prompt and completion tokens cost without a cache, rounded up to a whole nano-dollar} */
    public Usd of(long inputTokens, long outputTokens) {
        return of(inputTokens, outputTokens, 0);
    }

    /**
     * {@return what that many prompt and completion tokens cost, rounded up to a whole nano-dollar}
     *
     * @param cachedInputTokens how many of the prompt's tokens came from the provider's cache
     * @throws IllegalArgumentException if that is negative or more than the prompt's tokens
     */
    public Usd of(long inputTokens, long outputTokens, long cachedInputTokens) {
        if (cachedInputTokens < 0 || cachedInputTokens > inputTokens) {
            throw new IllegalArgumentException(
                    "cached input tokens are " + cachedInputTokens + "; valid is zero to the prompt's " + inputTokens);
        }
        BigDecimal perMillion = perMillionInputTokens
                .multiply(BigDecimal.valueOf(inputTokens - cachedInputTokens))
                .add(perMillionCachedInputTokens.multiply(BigDecimal.valueOf(cachedInputTokens)))
                .add(perMillionOutputTokens.multiply(BigDecimal.valueOf(outputTokens)));
        return Usd.of(perMillion.movePointLeft(6));
    }

    /** {@return whether both prices are zero} */
    public boolean isFree() {
        return perMillionInputTokens.signum() == 0 && perMillionOutputTokens.signum() == 0;
    }

    @Override
    public String toString() {
        boolean cheaper = perMillionCachedInputTokens.compareTo(perMillionInputTokens) < 0;
        return "$" + perMillionInputTokens.toPlainString() + " in"
                + (cheaper ? " ($" + perMillionCachedInputTokens.toPlainString() + " cached), $" : ", $")
                + perMillionOutputTokens.toPlainString()
                + " out per million tokens";
    }

    private static BigDecimal parse(String side, String amount) {
        try {
            return new BigDecimal(amount);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "price of a million " + side + " tokens is no decimal number: '" + amount + "'", e);
        }
    }

    private static void requireValid(String side, BigDecimal amount) {
        if (amount.signum() < 0 || amount.compareTo(DEAREST) > 0 || amount.scale() > MOST_DECIMALS) {
            throw new IllegalArgumentException("price of a million " + side + " tokens is " + amount
                    + "; valid is zero to 1,000,000 US dollars, with " + MOST_DECIMALS + " decimals at most");
        }
    }
}
