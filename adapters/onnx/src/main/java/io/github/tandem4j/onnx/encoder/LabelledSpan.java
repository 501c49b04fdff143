package io.github.tandem4j.onnx.encoder;

/**
 * A part of a text that a token classifier has found to be something.
 *
 * @param label of the model's {@code config.json}, without the {@code B-} or {@code I-} of its tokens
 * @param probability 0 to 1, as the model has it, the mean over the span's words: not calibrated
 * @param start index of its first {@code char} in the text
 * @param end index behind its last {@code char}
 * @param text the part itself
 */
public record LabelledSpan(String label, double probability, int start, int end, String text) {}
