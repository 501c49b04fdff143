package io.github.tandem4j;

import java.math.BigDecimal;

/**
 * What a model's tokens cost, in US dollars per million tokens.
 *
 * @param perMillionInputTokens what a million prompt tokens cost, zero to 1,000,000
 * @param perMillionOutputTokens what a million completion tokens cost, zero to 1,000,000
 */
public record Price(BigDecimal perMillionInputTokens, BigDecimal perMillionOutputTokens) {

    private static final BigDecimal DEAREST = new BigDecimal("1000000");
    private static final int MOST_DECIMALS = 100;

    /** Costs no money: a model on the caller's own machine, unless the caller prices its time. */
    public static final Price FREE = new Price(BigDecimal.ZERO, BigDecimal.ZERO);

    /** Refuses negative prices, and any above a dollar a token, with an {@link IllegalArgumentException}. */
    public Price {
        requireValid("input", perMillionInputTokens);
        requireValid("output", perMillionOutputTokens);
    }

    /**
     * Reads a price such as {@code perMillionTokens("0.15", "0.60")}.
     *
     * @throws IllegalArgumentException if either is no decimal number, is negative or is above a dollar a token
     */
    public static Price perMillionTokens(String input, String output) {
        return new Price(parse("input", input), parse("output", output));
    }

    /** {@return what that many prompt and completion tokens cost, rounded up to a whole nano-dollar} */
    public Usd of(long inputTokens, long outputTokens) {
        BigDecimal perMillion = perMillionInputTokens
                .multiply(BigDecimal.valueOf(inputTokens))
                .add(perMillionOutputTokens.multiply(BigDecimal.valueOf(outputTokens)));
        return Usd.of(perMillion.movePointLeft(6));
    }

    /** {@return whether both prices are zero} */
    public boolean isFree() {
        return perMillionInputTokens.signum() == 0 && perMillionOutputTokens.signum() == 0;
    }

    @Override
    public String toString() {
        return "$" + perMillionInputTokens.toPlainString() + " in, $" + perMillionOutputTokens.toPlainString()
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
