package io.github.tandem4j.onnx.jinja;

import java.math.BigDecimal;
import java.math.MathContext;

/** Writes numbers as Python does: the shortest digits that are this number, an exponent where there would be many. */
final class JinjaNumbers {
    private static final int MOST_DIGITS = 17;

    private JinjaNumbers() {}

    /** As {@code repr(number)}. */
    static String text(double number) {
        if (!Double.isFinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number > 0 ? "0.0" : "-0.0";
        }
        BigDecimal exact = new BigDecimal(number);
        BigDecimal shortest = exact;
        // Double.toString of Java 17 does not always find the shortest.
        for (int digits = 1; digits <= MOST_DIGITS; digits++) {
            shortest = exact.round(new MathContext(digits));
            if (shortest.doubleValue() == number) {
                break;
            }
        }
        BigDecimal stripped = shortest.stripTrailingZeros();
        String digits = stripped.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - stripped.scale();
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+")
                    + "%02d".formatted(Math.abs(exponent));
        }
        String plain = stripped.abs().toPlainString();
        return sign + (plain.contains(".") ? plain : plain + ".0");
    }

    /** As {@code json.dumps(number)}. */
    static String json(Number number) {
        if (!(number instanceof Double) && !(number instanceof Float)) {
            return number.toString();
        }
        double value = number.doubleValue();
        return Double.isNaN(value)
                ? "NaN"
                : Double.isInfinite(value) ? (value > 0 ? "Infinity" : "-Infinity") : text(value);
    }
}
