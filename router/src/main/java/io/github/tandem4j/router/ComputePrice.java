package io.github.tandem4j.router;

import io.github.tandem4j.Price;
import io.github.tandem4j.Usd;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * What tokens cost that are computed on the caller's own machine: what it costs by the hour, over what it computes in one.
 * The speeds are measured where it runs; {@code tandem bench} tells them.
 *
 * <pre>{@code
 * Price price = ComputePrice.of(Usd.of("0.10"), 400, 30);  // ten cents an hour, 400 tokens/s read, 30 tokens/s written
 * }</pre>
 */
public final class ComputePrice {

    private static final BigDecimal SECONDS_TIMES_MILLIONTHS = new BigDecimal("3600e-6");
    private static final int DIGITS = 12;

    private ComputePrice() {}

    /**
     * {@return the price of a machine that serves one call at a time}
     *
     * @param perHour what the machine costs in an hour; zero or more
     * @param promptTokensPerSecond how fast it reads; over 0, finite
     * @param completionTokensPerSecond how fast it writes; over 0, finite
     * @throws IllegalArgumentException if one is out of range, or a token would cost more than a dollar
     */
    public static Price of(Usd perHour, double promptTokensPerSecond, double completionTokensPerSecond) {
        return new Price(
                perMillion(perHour, promptTokensPerSecond, "prompt"),
                perMillion(perHour, completionTokensPerSecond, "completion"));
    }

    private static BigDecimal perMillion(Usd perHour, double tokensPerSecond, String side) {
        if (perHour.nanos() < 0) {
            throw new IllegalArgumentException("an hour of the machine costs " + perHour + "; valid is zero or more");
        }
        if (!(tokensPerSecond > 0 && Double.isFinite(tokensPerSecond))) {
            throw new IllegalArgumentException(
                    side + " tokens per second are " + tokensPerSecond + "; valid is a finite number over 0");
        }
        // Rounded up, as money is elsewhere.
        return perHour.amount()
                .divide(
                        BigDecimal.valueOf(tokensPerSecond).multiply(SECONDS_TIMES_MILLIONTHS),
                        new MathContext(DIGITS, RoundingMode.UP));
    }
}
