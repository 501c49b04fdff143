package io.github.tandem4j;

import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a model's tokens cost, in US dollars per million tokens.
 *
 * @param perMillionInputTokens what a million prompt tokens cost, zero to 1,000,000
 * @param perMillionOutputTokens what a million completion tokens cost, zero to 1,000,000
 * @param perMillionCachedInputTokens what a million prompt tokens cost that are read from the provider's cache, zero to
 *     1,000,000; null if that is not known, and then they cost what others do
 */
public record Price(
        BigDecimal perMillionInputTokens,
        BigDecimal perMillionOutputTokens,
        @Nullable BigDecimal perMillionCachedInputTokens) {

    private static final BigDecimal DEAREST = new BigDecimal("1000000");
    private static final int MOST_DECIMALS = 100;

    /** Costs no money: a model on the caller's own machine, unless the caller prices its time. */
    public static final Price FREE = new Price(BigDecimal.ZERO, BigDecimal.ZERO);

    /** Refuses negative prices, and any above a dollar a token, with an {@link IllegalArgumentException}. */
    public Price {
        requireValid("input", perMillionInputTokens);
        requireValid("output", perMillionOutputTokens);
        if (perMillionCachedInputTokens != null) {
            requireValid("cached input", perMillionCachedInputTokens);
        }
    }

    /** A price that knows no cache. */
    public Price(BigDecimal perMillionInputTokens, BigDecimal perMillionOutputTokens) {
        this(perMillionInputTokens, perMillionOutputTokens, null);
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
     * {@return the same price, and what prompt tokens cost that are read from the provider's cache}
     *
     * @throws IllegalArgumentException if it is no decimal number, is negative or is above a dollar a token
     */
    public Price perMillionCachedTokens(String cachedInput) {
        return new Price(perMillionInputTokens, perMillionOutputTokens, parse("cached input", cachedInput));
    }

    /** {@return what that many prompt and completion tokens cost, rounded up to a whole nano-dollar} */
    public Usd of(long inputTokens, long outputTokens) {
        return of(inputTokens, 0, outputTokens);
    }

    /**
     * {@return what that many prompt and completion tokens cost, rounded up to a whole nano-dollar}
     *
     * @param inputTokens all prompt tokens
     * @param cachedInputTokens how many of them are read from the provider's cache
     * @param outputTokens completion tokens
     */
    public Usd of(long inputTokens, long cachedInputTokens, long outputTokens) {
        BigDecimal cached = Objects.requireNonNullElse(perMillionCachedInputTokens, perMillionInputTokens);
        BigDecimal perMillion = perMillionInputTokens
                .multiply(BigDecimal.valueOf(inputTokens - cachedInputTokens))
                .add(cached.multiply(BigDecimal.valueOf(cachedInputTokens)))
                .add(perMillionOutputTokens.multiply(BigDecimal.valueOf(outputTokens)));
        return Usd.of(perMillion.movePointLeft(6));
    }

    /** {@return whether both prices are zero} */
    public boolean isFree() {
        return perMillionInputTokens.signum() == 0 && perMillionOutputTokens.signum() == 0;
    }

    @Override
    public String toString() {
        String cached = perMillionCachedInputTokens == null
                ? ""
                : " (" + perMillionCachedInputTokens.toPlainString() + " cached)";
        return "$" + perMillionInputTokens.toPlainString() + cached + " in, $" + perMillionOutputTokens.toPlainString()
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
