package io.github.tandem4j.onnx.gguf;

import java.util.List;
import java.util.OptionalInt;

/**
 * How positions turn queries and keys: pair {@code i} of a head by {@code position * frequency(i)}.
 *
 * <p>Scaling stretches a model over more tokens than it was trained on. <em>Linear</em> divides all frequencies.
 * <em>YaRN</em> (Peng et al., 2023) divides the slow ones, keeps the fast ones and blends between; it also raises what
 * is rotated by {@code 1 + 0.1 ln(factor)}. <em>Factors</em> in tensors of the file (Llama 3, Phi's LongRoPE) divide
 * each frequency by its own.
 *
 * @param dimensions of a head, the first so many, that are rotated
 * @param factor what frequencies are divided by; 1 if they are not
 * @param yarn whether the fast frequencies are spared
 * @param originalWindow tokens that the model was trained on before it was stretched
 * @param betaFast rotations over the original window from which on a frequency is spared
 * @param betaSlow rotations over the original window up to which a frequency is divided
 * @param magnitude what the rotated is multiplied with
 */
record Rotary(
        double base,
        int dimensions,
        double factor,
        boolean yarn,
        int originalWindow,
        double betaFast,
        double betaSlow,
        double magnitude) {
    private static final double LARGEST_FACTOR = 65_536;
    private static final double LARGEST_BASE = 1e12;

    static Rotary of(FamilyKeys keys, int headSize, int window) {
        int dimensions = keys.optionalInt("rope.dimension_count").orElse(headSize);
        // ONNX Runtime takes tables whose rows are a multiple of 8.
        if (dimensions < 16 || dimensions > headSize || dimensions % 16 != 0) {
            throw keys.refused("rope.dimension_count", dimensions, "a multiple of 16 up to the head size " + headSize);
        }
        String type = keys.string("rope.scaling.type", "linear");
        if (!List.of("none", "linear", "yarn", "longrope").contains(type)) {
            throw keys.refused("rope.scaling.type", type, "none, linear, yarn or longrope");
        }
        boolean yarn = type.equals("yarn");
        String factorKey = keys.has("rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear";
        double factor = inRange(keys, factorKey, 1, 1, LARGEST_FACTOR);
        if (type.equals("none")) {
            factor = 1;
        }
        double betaFast = inRange(keys, "rope.scaling.yarn_beta_fast", 32, 1e-3, 1e6);
        double betaSlow = inRange(keys, "rope.scaling.yarn_beta_slow", 1, 1e-3, 1e6);
        if (betaSlow >= betaFast) {
            throw keys.refused("rope.scaling.yarn_beta_slow", betaSlow, "less than yarn_beta_fast " + betaFast);
        }
        OptionalInt original = keys.optionalInt("rope.scaling.original_context_length");
        if (original.isPresent() && original.getAsInt() < 1) {
            throw keys.refused("rope.scaling.original_context_length", original.getAsInt(), "1 or more");
        }
        double magnitude = inRange(keys, "rope.scaling.attn_factor", 1, 1e-3, 1e3);
        return new Rotary(
                inRange(keys, "rope.freq_base", 10_000, 2, LARGEST_BASE),
                dimensions,
                factor,
                yarn,
                original.orElse(window),
                betaFast,
                betaSlow,
                yarn ? magnitude * (1 + 0.1 * Math.log(factor)) : magnitude);
    }

    private static double inRange(FamilyKeys keys, String name, double otherwise, double least, double most) {
        double value = keys.positive(name, otherwise);
        if (value < least || value > most) {
            throw keys.refused(name, value, least + " to " + most);
        }
        return value;
    }

    /** The same dimensions with another base, not stretched. */
    Rotary unscaled(double otherBase) {
        return new Rotary(otherBase, dimensions, 1, false, originalWindow, betaFast, betaSlow, 1);
    }

    int pairs() {
        return dimensions / 2;
    }

    /**
     * The angle that a position adds, for each pair.
     *
     * @param divisors of each frequency; empty if there are none
     */
    double[] frequencies(List<Float> divisors) {
        double[] frequencies = new double[pairs()];
        double low = Math.max(0, Math.floor(pairOf(betaFast)));
        double high = Math.min(dimensions - 1, Math.ceil(pairOf(betaSlow)));
        for (int pair = 0; pair < frequencies.length; pair++) {
            double kept = Math.pow(base, -2.0 * pair / dimensions);
            if (!divisors.isEmpty()) {
                kept /= divisors.get(pair);
            }
            double divided = kept / factor;
            double ramp = Math.min(1, Math.max(0, (pair - low) / Math.max(0.001, high - low)));
            frequencies[pair] = yarn ? divided * ramp + kept * (1 - ramp) : divided;
        }
        return frequencies;
    }

    /** The pair, as a fraction, that turns so many times over the original window. */
    private double pairOf(double rotations) {
        return dimensions * Math.log(originalWindow / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
    }
}
