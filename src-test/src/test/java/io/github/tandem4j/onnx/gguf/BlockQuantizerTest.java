package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockQuantizerTest {
    private final Random random = new Random(5);

    @Test
    void fourBitsAreCloserThanRoundingToTheLargestNumber() {
        double ours = 0;
        double rounded = 0;
        double all = 0;
        for (int block = 0; block < 500; block++) {
            float[] values = gaussians(0.02f * random.nextFloat());
            ours += squaredError(new BlockQuantizer(4), values);
            rounded += roundedLikeQ4Zero(values);
            for (float value : values) {
                all += value * value;
            }
        }
        assertThat(Math.sqrt(ours / all)).isBetween(0.05, 0.08);
        assertThat(ours).isLessThan(0.8 * rounded);
    }

    @Test
    void eightBitsAreCloserThanHalfAPercent() {
        float[] values = gaussians(0);

        double energy = 0;
        for (float value : values) {
            energy += value * value;
        }
        assertThat(Math.sqrt(squaredError(new BlockQuantizer(8), values) / energy))
                .isLessThan(0.007);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void whatQuantaCanSayIsKept(int bits) {
        float[] steps = new float[BlockQuantizer.BLOCK];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = 0.25f * (i % 15 - 7);
        }
        assertThat(squaredError(new BlockQuantizer(bits), steps)).isLessThan(bits == 4 ? 1e-10 : 1e-2);
        assertThat(squaredError(new BlockQuantizer(bits), new float[BlockQuantizer.BLOCK]))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(floats = {1, -1})
    void blocksOnOneSideOfZeroUseAllQuanta(float sign) {
        float[] values = new float[BlockQuantizer.BLOCK];
        for (int i = 0; i < values.length; i++) {
            values[i] = sign * (1 + i / 32f);
        }
        BlockQuantizer quantizer = new BlockQuantizer(4);

        assertThat(squaredError(quantizer, values)).isLessThan(32 * Math.pow(2 / 15.0, 2) / 12 * 1.1);
        assertThat(quantizer.zero()).isEqualTo(sign > 0 ? 0 : 15);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.MIN_VALUE, 1e-38f, 1e37f})
    void extremesStayFinite(float size) {
        float[] values = gaussians(0);
        for (int i = 0; i < values.length; i++) {
            values[i] *= size;
        }
        BlockQuantizer quantizer = new BlockQuantizer(4);
        quantizer.quantize(values, 0);

        assertThat(quantizer.scale()).isFinite();
        assertThat(Arrays.stream(quantizer.quanta)).allMatch(quantum -> quantum >= 0 && quantum < 16);
    }

    private float[] gaussians(float shift) {
        float[] values = new float[BlockQuantizer.BLOCK];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.05f + shift;
        }
        return values;
    }

    private static double squaredError(BlockQuantizer quantizer, float[] values) {
        quantizer.quantize(values, 0);
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            error += Math.pow(values[i] - quantizer.scale() * (quantizer.quanta[i] - quantizer.zero()), 2);
        }
        return error;
    }

    /** As the reference of GGML does it: the number furthest from zero becomes quantum 0, which means -8. */
    private static double roundedLikeQ4Zero(float[] values) {
        float furthest = 0;
        for (float value : values) {
            furthest = Math.abs(value) > Math.abs(furthest) ? value : furthest;
        }
        float scale = furthest / -8;
        double error = 0;
        for (float value : values) {
            int quantum = Math.min(15, (int) (value / scale + 8.5f));
            error += Math.pow(value - scale * (quantum - 8), 2);
        }
        return error;
    }
}
