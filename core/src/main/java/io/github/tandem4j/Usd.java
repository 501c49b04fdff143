package io.github.tandem4j;

import static java.math.RoundingMode.UP;

import java.math.BigDecimal;

/**
 * An amount of money in US dollars, counted in whole nano-dollars (10⁻⁹ USD), so that sums are exact.
 *
 * @param nanos nano-dollars; may be negative where a difference is meant
 */
public record Usd(long nanos) implements Comparable<Usd> {

    /** Nothing. */
    public static final Usd ZERO = new Usd(0);

    /**
     * Reads a decimal amount such as {@code "0.002"}.
     *
     * @throws IllegalArgumentException if it is no decimal number or lies outside ±9.2 billion dollars
     */
    public static Usd of(String amount) {
        try {
            return of(new BigDecimal(amount));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not an amount of US dollars: '" + amount + "'; valid is a decimal number such as 0.002", e);
        }
    }

    /**
     * The amount, rounded away from zero to whole nano-dollars.
     *
     * @throws IllegalArgumentException if it lies outside ±9.2 billion dollars
     */
    public static Usd of(BigDecimal amount) {
        // Looked at first, because writing out all digits of 1e999999999 would take all memory.
        long integerDigits = (long) amount.precision() - amount.scale();
        if (amount.signum() == 0) {
            return ZERO;
        }
        if (integerDigits < -9) {
            return new Usd(amount.signum());
        }
        try {
            if (integerDigits <= 10) {
                return new Usd(amount.movePointRight(9).setScale(0, UP).longValueExact());
            }
        } catch (ArithmeticException e) {
            // told below
        }
        throw new IllegalArgumentException(
                "amount of " + amount + " US dollars is out of range; valid is up to 9.2 billion either way");
    }

    /** The sum, exact; an overflow throws {@link ArithmeticException}. */
    public Usd plus(Usd other) {
        return new Usd(Math.addExact(nanos, other.nanos));
    }

    /** The difference, exact; an overflow throws {@link ArithmeticException}. */
    public Usd minus(Usd other) {
        return new Usd(Math.subtractExact(nanos, other.nanos));
    }

    /** {@return the amount as a decimal number of dollars} */
    public BigDecimal amount() {
        return BigDecimal.valueOf(nanos, 9);
    }

    @Override
    public int compareTo(Usd other) {
        return Long.compare(nanos, other.nanos);
    }

    /** {@return dollars with at least six decimals, such as {@code $0.000150}} */
    @Override
    public String toString() {
        BigDecimal plain = amount().stripTrailingZeros();
        return (nanos < 0 ? "-$" : "$")
                + plain.abs().setScale(Math.max(6, plain.scale())).toPlainString();
    }
}
