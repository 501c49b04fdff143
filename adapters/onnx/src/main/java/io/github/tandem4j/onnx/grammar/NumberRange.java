package io.github.tandem4j.onnx.grammar;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The decimal numbers between two bounds, digit by digit: as long as the digits so far are those of a bound, the next must
 * not go beyond the bound's, and from where they differ any will do.
 *
 * <p>Below zero it is the same with the bounds' places changed, after a minus. Zero is never written with a minus, and
 * nothing with an exponent.
 */
final class NumberRange {
    /** How many digits stand before the point of what is written, and after it unless a bound has more. */
    private static final int MOST_DIGITS = 18;

    private static final int MOST_FRACTION_DIGITS = 15;

    private final @Nullable Bound least;
    private final @Nullable Bound most;
    private final boolean hasFraction;

    /** @param isIn whether the bound itself is one of the numbers */
    record Bound(BigDecimal value, boolean isIn) {
        Bound negated() {
            return new Bound(value.negate(), isIn);
        }
    }

    NumberRange(@Nullable Bound least, @Nullable Bound most, boolean hasFraction) {
        this.least = least;
        this.most = most;
        this.hasFraction = hasFraction;
    }

    Node node() {
        List<Node> options = new ArrayList<>();
        Bound zero = new Bound(BigDecimal.ZERO, true);
        if (most == null || most.value().signum() >= 0) {
            Bound from = least == null || least.value().signum() < 0 ? zero : least;
            options.add(new Digits(from, most, hasFraction).node());
        }
        if (least == null || least.value().signum() < 0) {
            Bound from =
                    most == null || most.value().signum() >= 0 ? new Bound(BigDecimal.ZERO, false) : most.negated();
            options.add(Node.sequence(
                    Node.text("-"), new Digits(from, least == null ? null : least.negated(), hasFraction).node()));
        }
        return Node.choice(options);
    }

    /** Numbers that are not negative. */
    private static final class Digits {
        private final String low;
        private final String high;
        private final boolean isLowIn;
        private final boolean isHighIn;
        private final int lowDigits;
        private final int highDigits;
        private final int fractionDigits;
        private final Map<Integer, Node> known = new HashMap<>();

        Digits(Bound from, @Nullable Bound to, boolean hasFraction) {
            BigDecimal highest = BigDecimal.TEN.pow(MOST_DIGITS).subtract(BigDecimal.ONE);
            boolean isOpen = to == null || to.value().compareTo(highest) > 0;
            BigDecimal most = isOpen || to == null ? highest : to.value();
            int scale = Math.max(from.value().scale(), most.scale());
            fractionDigits = hasFraction ? Math.max(MOST_FRACTION_DIGITS, scale) : 0;
            low = digits(from.value());
            high = digits(most);
            isLowIn = from.isIn();
            isHighIn = isOpen || to == null || to.isIn();
            lowDigits = low.indexOf('.');
            highDigits = high.indexOf('.');
        }

        /** With a point, after which zeros are left to be thought of. */
        private static String digits(BigDecimal value) {
            String plain = value.toPlainString();
            return plain.indexOf('.') < 0 ? plain + "." : plain;
        }

        private static char digitAt(String number, int at) {
            return at < number.length() ? number.charAt(at) : '0';
        }

        Node node() {
            List<Node> options = new ArrayList<>();
            for (int length = Math.max(1, lowDigits); length <= highDigits; length++) {
                options.add(digit(0, length, length == lowDigits, length == highDigits));
            }
            return Node.choice(options);
        }

        /** @param low whether the digits so far are those of the lower bound, and likewise of the higher one */
        private Node digit(int at, int length, boolean low, boolean high) {
            if (at == length) {
                return point(low, high);
            }
            int key = ((at << 6 | length) << 2 | (low ? 2 : 0) | (high ? 1 : 0)) << 1;
            Node before = known.get(key);
            if (before != null) {
                return before;
            }
            // A number of more than one digit does not begin with zero.
            char first = low ? digitAt(this.low, at) : at == 0 && length > 1 ? '1' : '0';
            Node made = next(
                    first,
                    high ? digitAt(this.high, at) : '9',
                    low,
                    high,
                    (nextLow, nextHigh) -> digit(at + 1, length, nextLow, nextHigh));
            return keep(key, made);
        }

        private Node point(boolean low, boolean high) {
            List<Node> options = new ArrayList<>();
            if (mayEnd(0, low, high)) {
                options.add(Node.EMPTY);
            }
            if (fractionDigits > 0) {
                options.add(Node.sequence(Node.text("."), fraction(0, low, high)));
            }
            return Node.choice(options);
        }

        private Node fraction(int at, boolean low, boolean high) {
            int key = (at << 2 | (low ? 2 : 0) | (high ? 1 : 0)) << 1 | 1;
            Node before = known.get(key);
            if (before != null) {
                return before;
            }
            char first = low ? digitAt(this.low, lowDigits + 1 + at) : '0';
            char last = high ? digitAt(this.high, highDigits + 1 + at) : '9';
            Node made = next(first, last, low, high, (nextLow, nextHigh) -> afterFraction(at + 1, nextLow, nextHigh));
            return keep(key, made);
        }

        private Node afterFraction(int at, boolean low, boolean high) {
            List<Node> options = new ArrayList<>();
            if (mayEnd(at, low, high)) {
                options.add(Node.EMPTY);
            }
            if (at < fractionDigits) {
                options.add(fraction(at, low, high));
            }
            return Node.choice(options);
        }

        /** Whether what equals a bound up to a digit after the point is within it if nothing but zeros followed. */
        private boolean mayEnd(int at, boolean low, boolean high) {
            boolean isLow = low && isZero(this.low, lowDigits + 1 + at);
            boolean isHigh = high && isZero(this.high, highDigits + 1 + at);
            return (!low || (isLow && isLowIn)) && (!isHigh || isHighIn);
        }

        private static boolean isZero(String number, int from) {
            for (int i = from; i < number.length(); i++) {
                if (number.charAt(i) != '0') {
                    return false;
                }
            }
            return true;
        }

        /** As a rule, so that what is used in several places is looked over once. */
        private Node keep(int key, Node made) {
            Node.Rule rule = new Node.Rule();
            rule.is(made);
            known.put(key, rule);
            return rule;
        }

        private interface Rest {
            Node after(boolean low, boolean high);
        }

        private static Node next(char first, char last, boolean low, boolean high, Rest rest) {
            List<Node> options = new ArrayList<>();
            char from = first;
            char to = last;
            if (low && from <= to) {
                options.add(Node.sequence(Node.bytes(from, from), rest.after(true, high && from == last)));
                from++;
            }
            if (high && from <= to) {
                options.add(Node.sequence(Node.bytes(to, to), rest.after(false, true)));
                to--;
            }
            if (from <= to) {
                options.add(Node.sequence(Node.bytes(from, to), rest.after(false, false)));
            }
            return Node.choice(options);
        }
    }
}
