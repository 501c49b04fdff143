package io.github.tandem4j;

import static java.math.RoundingMode.UP;

import java.math.BigDecimal;

/**
 * What a model's tokens cost, in US dollars per million tokens.
 *
 * @param perMillionInputTokens what a million prompt tokens cost, zero or more
 * @param perMillionOutputTokens what a million completion tokens cost, zero or more
 */
public record Price(BigDecimal perMillionInputTokens, BigDecimal perMillionOutputTokens) {

    /** Costs no money: a model on the caller's own machine, unless the caller prices its time. */
    public static final Price FREE = new Price(BigDecimal.ZERO, BigDecimal.ZERO);

    /** Refuses negative prices with an {@link IllegalArgumentException}. */
    public Price {
        requireNotNegative("input", perMillionInputTokens);
        requireNotNegative("output", perMillionOutputTokens);
    }

    /**
     * Reads a price such as {@code perMillionTokens("0.15", "0.60")}.
     *
     * @throws IllegalArgumentException if either is no decimal number or is negative
     */
    public static Price perMillionTokens(String input, String output) {
        return new Price(parse("input", input), parse("output", output));
    }

    /** {@return what that many prompt and completion tokens cost, rounded up to a whole nano-dollar} */
    public Usd of(long inputTokens, long outputTokens) {
        BigDecimal perMillion = perMillionInputTokens
                .multiply(BigDecimal.valueOf(inputTokens))
                .add(perMillionOutputTokens.multiply(BigDecimal.valueOf(outputTokens)));
        return new Usd(perMillion.movePointRight(3).setScale(0, UP).longValueExact());
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

    private static void requireNotNegative(String side, BigDecimal amount) {
        if (amount.signum() < 0) {
            throw new IllegalArgumentException(
                    "price of a million " + side + " tokens is " + amount + "; valid is zero or more US dollars");
        }
    }
}
