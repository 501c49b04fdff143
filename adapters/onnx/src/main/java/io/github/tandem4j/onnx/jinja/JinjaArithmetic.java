package io.github.tandem4j.onnx.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Python's arithmetic and slices. */
final class JinjaArithmetic {
    /** What an element of a list costs, by the memory that it takes. */
    private static final long LIST_ELEMENT = 16;

    private JinjaArithmetic() {}

    static Object of(String operator, Object left, Object right) {
        if (operator.equals("/")) {
            return divide(JinjaValues.number(left), JinjaValues.number(right));
        }
        if (left instanceof Double || right instanceof Double) {
            double a = JinjaValues.number(left);
            double b = JinjaValues.number(right);
            return switch (operator) {
                case "-" -> a - b;
                case "*" -> a * b;
                case "//" -> Math.floor(divide(a, b));
                default -> a - b * Math.floor(divide(a, b));
            };
        }
        long a = JinjaValues.integer(left);
        long b = JinjaValues.integer(right);
        if (b == 0 && (operator.equals("//") || operator.equals("%"))) {
            throw new JinjaException("template divides by 0");
        }
        return switch (operator) {
            case "-" -> a - b;
            case "*" -> a * b;
            case "//" -> Math.floorDiv(a, b);
            default -> Math.floorMod(a, b);
        };
    }

    /** A product; a string or list times a number is repeated. */
    static Object times(JinjaScope scope, Object left, Object right) {
        if (left instanceof String || left instanceof List<?>) {
            return repeat(scope, left, JinjaValues.integer(right));
        }
        if (right instanceof String || right instanceof List<?>) {
            return repeat(scope, right, JinjaValues.integer(left));
        }
        return of("*", left, right);
    }

    private static Object repeat(JinjaScope scope, Object value, long times) {
        long count = Math.max(0, times);
        if (value instanceof String text) {
            scope.charge(text.isEmpty() ? 0 : Math.min(count, Integer.MAX_VALUE) * text.length());
            return text.isEmpty() ? "" : text.repeat((int) count);
        }
        List<Object> elements = JinjaValues.elements(value);
        List<Object> all = new ArrayList<>();
        for (long i = 0; i < count && !elements.isEmpty(); i++) {
            scope.charge(LIST_ELEMENT * (long) elements.size());
            all.addAll(elements);
        }
        return all;
    }

    static Object power(Object base, Object exponent) {
        if (base instanceof Double || exponent instanceof Double || JinjaValues.integer(exponent) < 0) {
            return Math.pow(JinjaValues.number(base), JinjaValues.number(exponent));
        }
        long times = JinjaValues.integer(exponent);
        BigInteger number = BigInteger.valueOf(JinjaValues.integer(base));
        if (number.bitLength() > 1 && times > Long.SIZE) {
            throw new JinjaException("template makes the power " + number + " ** " + times + ", which is too large");
        }
        try {
            // Of -1, 0 and 1 only the parity of a large exponent counts.
            return number.pow((int) (times > Long.SIZE ? 2 + times % 2 : times)).longValueExact();
        } catch (ArithmeticException e) {
            throw new JinjaException("template makes the power " + number + " ** " + times + ", which is too large");
        }
    }

    private static double divide(double a, double b) {
        if (b == 0) {
            throw new JinjaException("template divides by 0");
        }
        return a / b;
    }

    static Object slice(JinjaScope scope, Object owner, Optional<Long> from, Optional<Long> to, long step) {
        if (step == 0) {
            throw new JinjaException("template slices with a step of 0");
        }
        List<Object> elements = JinjaValues.elements(owner);
        scope.charge(elements.size());
        int size = elements.size();
        long start = step > 0 ? bound(from, 0, 0, size, size) : bound(from, size - 1, -1, size - 1, size);
        long end = step > 0 ? bound(to, size, 0, size, size) : bound(to, -1, -1, size - 1, size);
        List<Object> kept = new ArrayList<>();
        for (long i = start; step > 0 ? i < end : i > end; i += step) {
            kept.add(elements.get((int) i));
        }
        if (owner instanceof String) {
            StringBuilder text = new StringBuilder();
            kept.forEach(text::append);
            return text.toString();
        }
        return kept;
    }

    private static long bound(Optional<Long> given, long otherwise, long least, long most, int size) {
        if (given.isEmpty()) {
            return otherwise;
        }
        long index = given.get() < 0 ? given.get() + size : given.get();
        return Math.max(least, Math.min(most, index));
    }
}
