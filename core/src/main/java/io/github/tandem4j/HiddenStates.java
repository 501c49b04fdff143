package io.github.tandem4j;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Vectors out of the inside of a local model, by name: what it made of a text on the way to its next token.
 *
 * <p>A name is a pooling and a place. {@code last.21} is the residual stream as it enters layer 21 (counted from 0) at the
 * last position, {@code mean.21} its mean over all positions, and {@code last.final} the normed state after the last
 * layer, of which the logits are a linear map. Immutable.
 */
public final class HiddenStates {

    private static final HiddenStates NONE = new HiddenStates(Map.of());

    private final Map<String, float[]> vectors;

    private HiddenStates(Map<String, float[]> vectors) {
        this.vectors = vectors;
    }

    /** {@return no vectors} */
    public static HiddenStates none() {
        return NONE;
    }

    /**
     * {@return these vectors, copied}
     *
     * @param vectors by name, in the order in which {@link #names()} gives them
     * @throws IllegalArgumentException if a vector is empty or holds a number that is not finite
     */
    public static HiddenStates of(Map<String, float[]> vectors) {
        Map<String, float[]> copies = new LinkedHashMap<>();
        vectors.forEach((name, vector) -> copies.put(Objects.requireNonNull(name, "name"), checked(name, vector)));
        return copies.isEmpty() ? NONE : new HiddenStates(copies);
    }

    /** {@return the names of the vectors} */
    public Set<String> names() {
        return Collections.unmodifiableSet(vectors.keySet());
    }

    /**
     * {@return a copy of a vector}
     *
     * @throws IllegalArgumentException if there is none of this name
     */
    public float[] vector(String name) {
        return found(name).clone();
    }

    /**
     * {@return how many numbers a vector has}
     *
     * @throws IllegalArgumentException if there is none of this name
     */
    public int size(String name) {
        return found(name).length;
    }

    /**
     * Copies a vector into a row of features.
     *
     * @param from the index in {@code target} of the vector's first number
     * @return the index behind its last
     * @throws IllegalArgumentException if there is none of this name
     * @throws IndexOutOfBoundsException if the target is too short
     */
    public int copyInto(String name, float[] target, int from) {
        float[] vector = found(name);
        System.arraycopy(vector, 0, target, from, vector.length);
        return from + vector.length;
    }

    /**
     * {@return only these vectors, in this order}
     *
     * @throws IllegalArgumentException if there is none of one of the names
     */
    public HiddenStates only(Iterable<String> names) {
        Map<String, float[]> some = new LinkedHashMap<>();
        names.forEach(name -> some.put(name, found(name)));
        return new HiddenStates(some);
    }

    private float[] found(String name) {
        float[] vector = vectors.get(name);
        if (vector == null) {
            throw new IllegalArgumentException("no hidden state '" + name + "' was read; valid is one of " + names());
        }
        return vector;
    }

    private static float[] checked(String name, float[] vector) {
        if (vector.length == 0) {
            throw new IllegalArgumentException("hidden state '" + name + "' is empty; valid is one number or more");
        }
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(
                        "hidden state '" + name + "' holds " + value + "; valid are finite numbers");
            }
        }
        return vector.clone();
    }

    /** {@return the names, not the numbers} */
    @Override
    public String toString() {
        return "HiddenStates" + names();
    }
}
