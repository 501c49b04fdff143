package io.github.tandem4j.onnx.encoder;

/**
 * How likely a classifier holds a label.
 *
 * @param label of the model's {@code config.json}
 * @param probability 0 to 1, as the model has it: not calibrated
 */
public record LabelProbability(String label, double probability) {}
