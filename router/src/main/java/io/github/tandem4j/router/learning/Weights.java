package io.github.tandem4j.router.learning;

import io.github.tandem4j.ModelFileException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named arrays of numbers: what a fitted head is on disk. Filled by one thread; arrays are shared and not copied. */
public final class Weights {

    private final Map<String, Object> arrays = new LinkedHashMap<>();

    /** Makes an empty set. */
    public Weights() {}

    /** Adds numbers of double precision. */
    public Weights put(String name, double... values) {
        return add(name, values);
    }

    /** Adds numbers of single precision. */
    public Weights put(String name, float... values) {
        return add(name, values);
    }

    /** Adds whole numbers. */
    public Weights put(String name, int... values) {
        return add(name, values);
    }

    /** Adds another set, each name behind this prefix. */
    public Weights put(String prefix, Weights others) {
        others.arrays.forEach((name, values) -> add(prefix + name, values));
        return this;
    }

    /** {@return the weights whose names begin with this prefix, without it} */
    public Weights within(String prefix) {
        Weights inner = new Weights();
        arrays.forEach((name, values) -> {
            if (name.startsWith(prefix)) {
                inner.add(name.substring(prefix.length()), values);
            }
        });
        return inner;
    }

    private Weights add(String name, Object values) {
        if (arrays.putIfAbsent(name, values) != null) {
            throw new IllegalArgumentException("weights '" + name + "' are there already");
        }
        return this;
    }

    /**
     * {@return the numbers of this name}
     *
     * @param length how many there must be; −1 if any number will do
     * @throws ModelFileException if there are none, another number, or others than of double precision
     */
    public double[] doubles(String name, int length) {
        double[] values = typed(name, double[].class);
        requireLength(name, values.length, length);
        return values;
    }

    /** {@return the numbers of this name}. See {@link #doubles}. */
    public float[] floats(String name, int length) {
        float[] values = typed(name, float[].class);
        requireLength(name, values.length, length);
        return values;
    }

    /** {@return the whole numbers of this name}. See {@link #doubles}. */
    public int[] integers(String name, int length) {
        int[] values = typed(name, int[].class);
        requireLength(name, values.length, length);
        return values;
    }

    /** {@return one whole number} */
    public int integer(String name) {
        return integers(name, 1)[0];
    }

    private <T> T typed(String name, Class<T> type) {
        Object values = arrays.get(name);
        if (values == null) {
            throw new ModelFileException("weights '" + name + "' are missing; the file has " + arrays.keySet());
        }
        if (!type.isInstance(values)) {
            throw new ModelFileException("weights '" + name + "' are "
                    + values.getClass().getSimpleName() + "; valid is " + type.getSimpleName());
        }
        return type.cast(values);
    }

    private static void requireLength(String name, int found, int length) {
        if (length >= 0 && found != length) {
            throw new ModelFileException("weights '" + name + "' are " + found + "; valid are " + length);
        }
    }

    /** {@return what is wrong with weights of such a name}, for a head that reads them */
    public static ModelFileException wrong(String name, String found) {
        return new ModelFileException("weights '" + name + "' " + found);
    }

    Map<String, Object> arrays() {
        return arrays;
    }
}
