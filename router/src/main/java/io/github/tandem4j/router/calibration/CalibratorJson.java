package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;

/** Calibrators as JSON. */
final class CalibratorJson {

    static final String FORMAT = "tandem calibrator";
    static final int VERSION = 1;

    private CalibratorJson() {}

    static ObjectNode of(String kind) {
        return JsonNodeFactory.instance.objectNode().put("kind", kind);
    }

    static Calibrator read(JsonFields json) {
        String kind = json.text("kind");
        try {
            return switch (kind) {
                case "platt" -> new PlattScaling(json.number("slope"), json.number("intercept"));
                case "isotonic" -> new IsotonicRegression(json.numbers("scores"), json.numbers("probabilities"));
                case "temperature" -> new TemperatureScaling(json.number("temperature"));
                default ->
                    throw new IllegalArgumentException("kind is " + kind + "; valid is platt, isotonic or temperature");
            };
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(json.from() + " is no calibrator: " + e.getMessage(), e);
        }
    }
}
