package io.github.tandem4j.onnx.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Python's arithmetic and slices. */
final class JinjaArithmetic {
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
