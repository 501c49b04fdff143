package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** A number, within bounds or not. */
final class SchemaNumber {
    private static final int MOST_PLACES = 300;
    private static final int MOST_DIGITS = 18;

    private SchemaNumber() {}

    static Node node(ObjectNode schema, boolean hasFraction, String at) {
        NumberRange.Bound least = bound(schema, "minimum", "exclusiveMinimum", 1, at);
        NumberRange.Bound most = bound(schema, "maximum", "exclusiveMaximum", -1, at);
        if (least == null && most == null) {
            return hasFraction ? JsonText.NUMBER : JsonText.INTEGER;
        }
        Node node = new NumberRange(least, most, hasFraction).node();
        if (least != null && most != null) {
            int order = least.value().compareTo(most.value());
            if (order > 0 || (order == 0 && !(least.isIn() && most.isIn()))) {
                throw SchemaRefusal.at(
                        at,
                        "can't be met: no number is from " + least.value() + " to " + most.value(),
                        "a lower and then a higher bound");
            }
        }
        return node;
    }

    /** The tighter of two bounds. */
    private static NumberRange.@Nullable Bound bound(
            ObjectNode schema, String keyword, String exclusive, int side, String at) {
        BigDecimal in = checked(SchemaKeywords.number(schema, keyword, at), keyword, side, at);
        BigDecimal out = checked(SchemaKeywords.number(schema, exclusive, at), exclusive, side, at);
        if (in == null || (out != null && out.compareTo(in) * side >= 0)) {
            return out == null ? null : new NumberRange.Bound(out, false);
        }
        return new NumberRange.Bound(in, true);
    }

    private static @Nullable BigDecimal checked(@Nullable BigDecimal bound, String keyword, int side, String at) {
        if (bound == null) {
            return null;
        }
        long digits = (long) bound.precision() - bound.scale();
        boolean isBeyondAll = digits > MOST_DIGITS && bound.signum() == side;
        if (isBeyondAll || bound.scale() > MOST_PLACES || bound.precision() > MOST_PLACES) {
            throw SchemaRefusal.at(
                    at,
                    "has a " + keyword + " of " + digits + " digits before and " + bound.scale() + " after the point",
                    "at most " + MOST_DIGITS + " digits before and " + MOST_PLACES + " after it");
        }
        return bound;
    }
}
