package io.github.tandem4j;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a model held likeliest at each token of its own completion, whether it was chosen or not. In step with {@link
 * TokenScores}. Immutable.
 */
public final class TokenAlternatives {
    private final List<List<Alternative>> steps;

    private TokenAlternatives(List<List<Alternative>> steps) {
        this.steps = steps;
    }

    /**
     * @param steps for each token of the completion what could have come, the likeliest first
     * @return the same, as evidence
     * @throws IllegalArgumentException if a step's alternatives are not in order
     */
    public static TokenAlternatives of(List<List<Alternative>> steps) {
        List<List<Alternative>> copy = steps.stream().map(List::copyOf).toList();
        for (int step = 0; step < copy.size(); step++) {
            List<Alternative> each = copy.get(step);
            for (int i = 1; i < each.size(); i++) {
                if (each.get(i).logProbability() > each.get(i - 1).logProbability()) {
                    throw new IllegalArgumentException("alternative " + i + " of token " + step
                            + " is likelier than the one before it; valid: the likeliest first");
                }
            }
        }
        return new TokenAlternatives(copy);
    }

    /** {@return how many tokens the completion has} */
    public int size() {
        return steps.size();
    }

    /**
     * What could have come as token {@code index}.
     *
     * @param index 0 up to, and without, {@link #size()}
     * @return the alternatives, the likeliest first
     */
    public List<Alternative> at(int index) {
        return steps.get(index);
    }

    @Override
    public String toString() {
        return "TokenAlternatives[" + size() + " tokens]";
    }

    /** A token that could have come. Immutable. */
    public static final class Alternative {
        private final byte[] bytes;
        private final double logProbability;

        private Alternative(byte[] bytes, double logProbability) {
            this.bytes = bytes;
            this.logProbability = logProbability;
        }

        /**
         * @param bytes of UTF-8, which need not be whole characters
         * @param logProbability natural; above zero (rounding) counts as zero
         * @return the alternative
         * @throws IllegalArgumentException if the log-probability is NaN
         */
        public static Alternative of(byte[] bytes, double logProbability) {
            if (Double.isNaN(logProbability)) {
                throw new IllegalArgumentException("log-probability of an alternative is NaN; valid: zero or less");
            }
            return new Alternative(requireNonNull(bytes, "bytes").clone(), Math.min(0, logProbability));
        }

        /** {@return the token's text, with U+FFFD where its bytes make no character} */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        /** {@return a copy of the token's bytes} */
        public byte[] bytes() {
            return bytes.clone();
        }

        /** {@return the natural log-probability, zero or less} */
        public double logProbability() {
            return logProbability;
        }

        @Override
        public String toString() {
            return "\"" + text() + "\" " + logProbability;
        }
    }
}
