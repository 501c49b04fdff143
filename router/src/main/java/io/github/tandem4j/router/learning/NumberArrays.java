package io.github.tandem4j.router.learning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** Weights as JSON: for each name a type and the numbers' bytes in base64. What is not finite is refused. */
final class NumberArrays {

    private static final int MOST_ARRAYS = 100_000;

    private NumberArrays() {}

    static ObjectNode write(Weights weights) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        weights.arrays().forEach((name, values) -> {
            if (values instanceof double[] doubles) {
                byte[] bytes = new byte[Math.multiplyExact(doubles.length, Double.BYTES)];
                ordered(bytes).asDoubleBuffer().put(doubles);
                node.putObject(name).put("f64", bytes);
            } else if (values instanceof float[] floats) {
                byte[] bytes = new byte[Math.multiplyExact(floats.length, Float.BYTES)];
                ordered(bytes).asFloatBuffer().put(floats);
                node.putObject(name).put("f32", bytes);
            } else {
                int[] integers = (int[]) values;
                byte[] bytes = new byte[Math.multiplyExact(integers.length, Integer.BYTES)];
                ordered(bytes).asIntBuffer().put(integers);
                node.putObject(name).put("i32", bytes);
            }
        });
        return node;
    }

    private static ByteBuffer ordered(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Weights read(JsonNode node) {
        if (!node.isObject() || node.size() > MOST_ARRAYS) {
            throw new ModelFileException("weights are missing; valid is an object of arrays");
        }
        Weights weights = new Weights();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            read(entry.getKey(), entry.getValue(), weights);
        }
        return weights;
    }

    private static void read(String name, JsonNode array, Weights into) {
        if (array.has("f64")) {
            ByteBuffer bytes = bytes(name, array.get("f64"), Double.BYTES);
            double[] values = new double[bytes.remaining() / Double.BYTES];
            bytes.asDoubleBuffer().get(values);
            for (double value : values) {
                requireFinite(name, value);
            }
            into.put(name, values);
        } else if (array.has("f32")) {
            ByteBuffer bytes = bytes(name, array.get("f32"), Float.BYTES);
            float[] values = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(values);
            for (float value : values) {
                requireFinite(name, value);
            }
            into.put(name, values);
        } else if (array.has("i32")) {
            ByteBuffer bytes = bytes(name, array.get("i32"), Integer.BYTES);
            int[] values = new int[bytes.remaining() / Integer.BYTES];
            bytes.asIntBuffer().get(values);
            into.put(name, values);
        } else {
            throw Weights.wrong(name, "have no type; valid is f64, f32 or i32");
        }
    }

    private static void requireFinite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw Weights.wrong(name, "have " + value + "; valid are finite numbers");
        }
    }

    private static ByteBuffer bytes(String name, JsonNode text, int unit) {
        byte[] bytes;
        try {
            bytes = text.binaryValue();
        } catch (IOException e) {
            throw new ModelFileException("weights '" + name + "' are no base64: " + e.getMessage(), e);
        }
        if (bytes == null || bytes.length % unit != 0) {
            throw Weights.wrong(name, "are no whole numbers of " + unit + " bytes each");
        }
        return ordered(bytes);
    }
}
