package io.github.tandem4j.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.tandem4j.onnx.GgufImport.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns tensors of a GGUF file into the operators that multiply with them or look up their rows.
 *
 * <p>What {@code MatMulNBits} has no equal for is added beside it, exactly. A Q4_1 block's correction is the same for
 * all of its weights, so its share of a product is {@code correction * sum(x over the block)}: two small float
 * products, {@code x * ones} for the sums and one {@code Gemm} that adds them to the quantised product.
 */
final class GraphWeights {
    private final GgufFile gguf;
    private final Graph graph;
    private final WeightWriter out;
    private final Weights weights;
    private final Map<List<GgufTensor>, QuantizedRows> quantized = new HashMap<>();
    private final Map<GgufTensor, String> floats = new HashMap<>();

    GraphWeights(GgufFile gguf, Graph graph, WeightWriter out, Weights weights) {
        this.gguf = gguf;
        this.graph = graph;
        this.out = out;
        this.weights = weights;
    }

    /** {@code x * tensors^T} under the name given; of several tensors, the products side by side. */
    String linear(String name, String x, List<GgufTensor> tensors) throws IOException {
        TensorType type = tensors.get(0).type();
        boolean uniform = tensors.stream().allMatch(tensor -> tensor.type() == type);
        if (isQuantized(type) && uniform) {
            return quantizedLinear(name, x, tensors);
        }
        if (tensors.size() == 1) {
            return graph.node(name, "", "Gemm", List.of(x, floats(tensors.get(0), true)), Map.of("transB", 1));
        }
        String[] products = new String[tensors.size()];
        for (int i = 0; i < products.length; i++) {
            products[i] = linear(name + "/" + i, x, List.of(tensors.get(i)));
        }
        return graph.node(name, "", "Concat", List.of(products), Map.of("axis", 1));
    }

    private String quantizedLinear(String name, String x, List<GgufTensor> tensors) throws IOException {
        QuantizedRows rows = quantizedRows(tensors);
        String id = id(tensors);
        int blocks = rows.blocksPerRow();
        String quanta =
                graph.weight(id + ".quanta", DataType.UINT8, rows.quanta(), rows.rows(), blocks, rows.bits() * 4L);
        String product = graph.node(
                rows.needsCorrection() ? name + "/product" : name,
                Graph.MICROSOFT,
                "MatMulNBits",
                List.of(x, quanta, scales(id, rows)),
                Map.of(
                        "K",
                        rows.columns(),
                        "N",
                        rows.rows(),
                        "bits",
                        rows.bits(),
                        "block_size",
                        32,
                        "accuracy_level",
                        4));
        if (!rows.needsCorrection()) {
            return product;
        }
        String sums = graph.node(name + "/sums", "MatMul", List.of(x, ones(rows.columns())));
        return graph.node(name, "", "Gemm", List.of(sums, corrections(id, rows), product), Map.of("transB", 1));
    }

    /** The rows of an embedding table that {@code ids} (rank 1) names. */
    String embedding(String name, String ids, GgufTensor table) throws IOException {
        if (!isQuantized(table.type())) {
            String rows = graph.node(name + "/rows", "Gather", List.of(floats(table, false), ids));
            return storedAsHalf(table) ? toFloat(rows, name + "/cast") : rows;
        }
        QuantizedRows rows = quantizedRows(List.of(table));
        String id = id(List.of(table));
        // The same bytes as the tied output layer's, under the shape that this operator wants.
        String quanta = graph.weight(
                id + ".rows", DataType.UINT8, rows.quanta(), rows.rows(), (long) rows.columns() * rows.bits() / 8);
        String gathered = graph.node(
                name + "/rows",
                Graph.MICROSOFT,
                "GatherBlockQuantized",
                List.of(quanta, ids, scales(id, rows)),
                Map.of("bits", rows.bits(), "block_size", 32, "gather_axis", 0, "quantize_axis", 1));
        if (!rows.needsCorrection()) {
            return gathered;
        }
        String each = graph.node(name + "/corrections", "Gather", List.of(corrections(id, rows), ids));
        String spread = graph.node(name + "/spread", "Transpose", List.of(ones(rows.columns())));
        return graph.node(name + "/corrected", "", "Gemm", List.of(each, spread, gathered), Map.of());
    }

    /** A matrix of floats that the file does not hold. */
    void table(String name, float[] values, long rows, long columns) throws IOException {
        graph.weight(name, DataType.FLOAT, out.write(values), rows, columns);
    }

    /** A float vector, such as a norm's scale. */
    String vector(GgufTensor tensor) throws IOException {
        return floats(tensor, true);
    }

    private boolean isQuantized(TensorType type) {
        return weights == Weights.EXACT && !type.isFloat();
    }

    private boolean storedAsHalf(GgufTensor tensor) {
        return weights == Weights.EXACT && tensor.type() == TensorType.F16;
    }

    private QuantizedRows quantizedRows(List<GgufTensor> tensors) throws IOException {
        QuantizedRows rows = quantized.get(tensors);
        if (rows == null) {
            rows = QuantizedRows.write(gguf, tensors, out);
            quantized.put(tensors, rows);
        }
        return rows;
    }

    private String scales(String id, QuantizedRows rows) throws IOException {
        return floats(id + ".scales", rows, rows.scales());
    }

    private String corrections(String id, QuantizedRows rows) throws IOException {
        return floats(id + ".corrections", rows, rows.corrections());
    }

    private String floats(String name, QuantizedRows rows, float[] values) throws IOException {
        if (!graph.has(name)) {
            graph.weight(name, DataType.FLOAT, out.write(values), rows.rows(), rows.blocksPerRow());
        }
        return name;
    }

    /** A matrix of {@code columns} x blocks with ones where the column lies in the block. */
    private String ones(int columns) {
        int blocks = columns / QuantizedRows.BLOCK;
        String name = "ones." + columns;
        if (!graph.has(name)) {
            float[] values = new float[columns * blocks];
            for (int column = 0; column < columns; column++) {
                values[column * blocks + column / QuantizedRows.BLOCK] = 1;
            }
            graph.constant(name, values, columns, blocks);
        }
        return name;
    }

    private String floats(GgufTensor tensor, boolean asFloat) throws IOException {
        String name = floats.get(tensor);
        if (name == null) {
            name = writeFloats(tensor);
            floats.put(tensor, name);
        }
        if (!asFloat || !storedAsHalf(tensor)) {
            return name;
        }
        String cast = name + ".float";
        return graph.has(cast) ? cast : toFloat(name, cast);
    }

    private String writeFloats(GgufTensor tensor) throws IOException {
        boolean half = storedAsHalf(tensor);
        long start = out.begin();
        TensorRows.forEach(gguf, List.of(tensor), (bytes, row, rows) -> {
            byte[] raw;
            if (half || tensor.type() == TensorType.F32) {
                raw = new byte[bytes.remaining()];
                bytes.get(raw);
            } else {
                float[] values = new float[Math.toIntExact(rows * tensor.columns())];
                TensorRows.toFloats(tensor.type(), bytes, values, values.length);
                raw = new byte[Math.multiplyExact(values.length, Float.BYTES)];
                ByteBuffer.wrap(raw)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .put(values);
            }
            out.append(raw, raw.length);
        });
        long[] dims = tensor.rows() == 1 ? new long[] {tensor.columns()} : new long[] {tensor.rows(), tensor.columns()};
        return graph.weight(tensor.name(), half ? DataType.FLOAT16 : DataType.FLOAT, out.end(start), dims);
    }

    private String toFloat(String value, String name) {
        return graph.node(name, "", "Cast", List.of(value), Map.of("to", DataType.FLOAT.getNumber()));
    }

    private static String id(List<GgufTensor> tensors) {
        return tensors.stream()
                .map(GgufTensor::name)
                .reduce((a, b) -> a + "+" + b)
                .orElseThrow();
    }
}
