package io.github.tandem4j.onnx.encoder;

import ai.onnxruntime.OnnxTensor;
import io.github.tandem4j.ModelFileException;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** What a model computed for the rows of a batch: so many numbers for each row, or for each token of each row. */
final class Numbers {
    private final FloatBuffer values;
    private final int perRow;
    private final int width;

    private Numbers(FloatBuffer values, int perRow, int width) {
        this.values = values;
        this.perRow = perRow;
        this.width = width;
    }

    static Numbers of(String model, EncoderSession.Output output, OnnxTensor tensor, int rows, int length) {
        long[] shape = tensor.getInfo().getShape();
        boolean byToken = shape.length == 3;
        if (shape.length < 2
                || shape.length > 3
                || shape[0] != rows
                || (byToken && shape[1] != length)
                || shape[shape.length - 1] < 1) {
            throw new ModelFileException(model + " gave " + output.name() + " as " + Arrays.toString(shape) + " for "
                    + rows + " rows of " + length + " tokens; valid: numbers by row, or by row and token");
        }
        int width = Math.toIntExact(shape[shape.length - 1]);
        return new Numbers(tensor.getFloatBuffer(), byToken ? length * width : width, width);
    }

    /** How many numbers there are for a token, or for a row. */
    int width() {
        return width;
    }

    /** The numbers of a row, or of the row's first token. */
    float[] ofRow(int row) {
        return ofToken(row, 0);
    }

    float[] ofToken(int row, int token) {
        float[] numbers = new float[width];
        values.get(row * perRow + token * width, numbers);
        return numbers;
    }

    /** Adds the mean of a row's first tokens to a sum. */
    void addMean(int row, int tokens, double[] sum) {
        float[] all = new float[tokens * width];
        values.get(row * perRow, all);
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < width; i++) {
                sum[i] += all[token * width + i];
            }
        }
        for (int i = 0; i < width; i++) {
            sum[i] /= tokens;
        }
    }
}
