package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fields of a JSON object from outside, each of the type that is asked for, or a {@link ModelFileException} that names
 * the field.
 */
public final class JsonFields {

    private final ObjectNode json;
    private final String from;

    /**
     * Reads this object.
     *
     * @param from where it comes from, such as its file, for the errors
     */
    public JsonFields(ObjectNode json, String from) {
        this.json = json;
        this.from = from;
    }

    /** {@return where it comes from} */
    public String from() {
        return from;
    }

    /** {@return whether the field is there, and not null} */
    public boolean has(String field) {
        return json.hasNonNull(field);
    }

    /** {@return a text} */
    public String text(String field) {
        return optionalText(field).orElseThrow(() -> wrong(field, "a text"));
    }

    /** {@return a text, if the field is there and not null} */
    public Optional<String> optionalText(String field) {
        JsonNode value = json.get(field);
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrong(field, "a text");
        }
        return Optional.of(value.textValue());
    }

    /** {@return a finite number} */
    public double number(String field) {
        return finite(json.path(field), field);
    }

    /** {@return a whole number of 32 bits, zero or more} */
    public int count(String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw wrong(field, "a whole number, zero or more");
        }
        return value.intValue();
    }

    /** {@return a list of finite numbers} */
    public List<Double> numbers(String field) {
        JsonNode values = json.path(field);
        if (!values.isArray()) {
            throw wrong(field, "a list of numbers");
        }
        List<Double> numbers = new ArrayList<>(values.size());
        values.forEach(value -> numbers.add(finite(value, field)));
        return numbers;
    }

    /** {@return true or false} */
    public boolean flag(String field) {
        JsonNode value = json.path(field);
        if (!value.isBoolean()) {
            throw wrong(field, "true or false");
        }
        return value.booleanValue();
    }

    private double finite(JsonNode value, String field) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(field, "a finite number");
        }
        return value.doubleValue();
    }

    private ModelFileException wrong(String field, String valid) {
        String found = json.path(field).toString();
        return new ModelFileException(from + " has in field " + field + " "
                + (found.isEmpty() ? "nothing" : found.length() > 80 ? found.substring(0, 80) + "…" : found)
                + "; valid is " + valid);
    }
}
