package io.github.tandem4j.onnx.gguf;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.tandem4j.onnx.gguf.DecoderTensors.Projection;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.graph.Graph;
import io.github.tandem4j.onnx.graph.WeightWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns tensors of a GGUF file into the operators that multiply with them or look up their rows.
 *
 * <p>What {@code MatMulNBits} has no equal for is added beside it, exactly. The correction of a block with a minimum
 * is the same for all of its weights, so its share of a product is {@code correction * sum(x over the block)}: two
 * small float products, {@code x * ones} for the sums and one {@code Gemm} that adds them to the quantised product.
 */
final class GraphWeights {
    /** The ones of a correction take columns * columns / 8 bytes of the graph: 512 MB. The largest models have 53,248. */
    private static final int MOST_CORRECTED_COLUMNS = 1 << 16;

    private final GgufFile gguf;
    private final Graph graph;
    private final WeightWriter out;
    private final Weights weights;
    private final Set<GgufTensor> delicate;
    private final ReportBuilder report = new ReportBuilder();
    private final Map<List<GgufTensor>, QuantizedRows> quantized = new HashMap<>();
    private final Map<GgufTensor, String> floats = new HashMap<>();

    /** @param delicate matrices that are not to be quantised to less than 8 bits */
    GraphWeights(GgufFile gguf, Graph graph, WeightWriter out, Weights weights, Set<GgufTensor> delicate) {
        this.gguf = gguf;
        this.graph = graph;
        this.out = out;
        this.weights = weights;
        this.delicate = delicate;
    }

    /** {@code x * weight^T + bias} under the name given; of several projections, the results side by side. */
    String linear(String name, String x, List<Projection> projections) throws IOException {
        return linear(name, x, projections, Scaled.NONE);
    }

    /** The same, some of whose outputs are multiplied by a number, which they {@linkplain #takes must take}. */
    String linear(String name, String x, List<Projection> projections, Scaled scaled) throws IOException {
        List<List<Projection>> runs = runs(projections);
        if (runs.size() == 1) {
            return product(name, x, runs.get(0), scaled);
        }
        List<String> products = new ArrayList<>();
        for (List<Projection> run : runs) {
            products.add(product(name + "/" + products.size(), x, run, products.isEmpty() ? scaled : Scaled.NONE));
        }
        return graph.node(name, "", "Concat", products, Map.of("axis", 1));
    }

    /**
     * The first outputs of a product, and a number that they are multiplied by.
     *
     * @param factor a power of two, so that no scale of a block is rounded
     */
    record Scaled(int outputs, float factor) {
        static final Scaled NONE = new Scaled(0, 1);

        Scaled {
            if (Math.scalb(1f, Math.getExponent(factor)) != factor) {
                throw new IllegalArgumentException("factor is " + factor + "; valid: a power of two");
            }
        }
    }

    /** Whether the scales of blocks can take a factor of the first so many outputs in. */
    boolean takes(List<Projection> projections, int outputs) {
        List<Projection> first = runs(projections).get(0);
        return bits(first.get(0).weight()) > 0
                && first.stream().mapToLong(Projection::rows).sum() >= outputs;
    }

    /** Neighbours that one operator can multiply with: quantised ones of the same type. */
    private List<List<Projection>> runs(List<Projection> projections) {
        List<List<Projection>> runs = new ArrayList<>();
        for (Projection projection : projections) {
            GgufTensor weight = projection.weight();
            List<Projection> last = runs.isEmpty() ? List.of() : runs.get(runs.size() - 1);
            if (!last.isEmpty() && bits(weight) > 0 && last.get(0).weight().type() == weight.type()) {
                last.add(projection);
            } else {
                runs.add(new ArrayList<>(List.of(projection)));
            }
        }
        return runs;
    }

    private String product(String name, String x, List<Projection> run, Scaled scaled) throws IOException {
        GgufTensor first = run.get(0).weight();
        if (bits(first) > 0) {
            return quantizedProduct(name, x, run, scaled);
        }
        List<String> inputs = new ArrayList<>(List.of(x, floats(first, true)));
        if (run.get(0).bias().isPresent()) {
            inputs.add(vector(run.get(0).bias().get()));
        }
        return graph.node(name, "", "Gemm", inputs, Map.of("transB", 1));
    }

    private String quantizedProduct(String name, String x, List<Projection> run, Scaled scaled) throws IOException {
        List<GgufTensor> tensors = run.stream().map(Projection::weight).toList();
        QuantizedRows rows = quantizedRows(tensors);
        rows.multiply(scaled.outputs(), scaled.factor());
        String id = id(tensors);
        int blocks = rows.blocksPerRow();
        String quanta = graph.weight(
                id + ".quanta",
                DataType.UINT8,
                rows.quanta(),
                rows.rows(),
                blocks,
                (long) rows.block() * rows.bits() / 8);
        List<String> inputs = new ArrayList<>(List.of(x, quanta, scales(id, rows)));
        if (rows.zeros().length > 0) {
            inputs.add(zeros(id, rows));
        }
        if (run.stream().anyMatch(projection -> projection.bias().isPresent())) {
            while (inputs.size() < 5) {
                inputs.add("");
            }
            inputs.add(biases(id, run, scaled));
        }
        String product = graph.node(
                rows.needsCorrection() ? name + "/product" : name,
                Graph.MICROSOFT,
                "MatMulNBits",
                inputs,
                Map.of(
                        "K",
                        rows.columns(),
                        "N",
                        rows.rows(),
                        "bits",
                        rows.bits(),
                        "block_size",
                        rows.block(),
                        "accuracy_level",
                        4));
        if (!rows.needsCorrection()) {
            return product;
        }
        return graph.node(
                name, "", "Gemm", List.of(sums(name, x, rows), corrections(id, rows), product), Map.of("transB", 1));
    }

    /** The sum over each block of x. A product with ones would be the same and read a matrix besides. */
    private String sums(String name, String x, QuantizedRows rows) {
        String shape = graph.constant("blocks." + rows.columns(), -1, rows.blocksPerRow(), rows.block());
        String axis = graph.constant("block_axis", 2);
        String blocks = graph.node(name + "/blocks", "Reshape", List.of(x, shape));
        return graph.node(name + "/sums", "", "ReduceSum", List.of(blocks, axis), Map.of("keepdims", 0));
    }

    /** The rows of an embedding table that {@code ids} (rank 1) names. */
    String embedding(String name, String ids, GgufTensor table) throws IOException {
        if (bits(table) == 0) {
            String rows = graph.node(name + "/rows", "Gather", List.of(floats(table, false), ids));
            return isStoredNarrow(table) ? toFloat(rows, name + "/cast") : rows;
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
                Map.of("bits", rows.bits(), "block_size", rows.block(), "gather_axis", 0, "quantize_axis", 1));
        if (!rows.needsCorrection()) {
            return gathered;
        }
        String each = graph.node(name + "/corrections", "Gather", List.of(corrections(id, rows), ids));
        String spread = graph.node(name + "/spread", "Transpose", List.of(ones(rows)));
        return graph.node(name + "/corrected", "", "Gemm", List.of(each, spread, gathered), Map.of());
    }

    /** A matrix of floats that the file does not hold, written a row after the other. */
    void table(String name, int rows, int columns, RowSource source) throws IOException {
        long start = out.begin();
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            source.fill(i, row);
            out.append(row);
        }
        graph.weight(name, DataType.FLOAT, out.end(start), rows, columns);
    }

    /** Computes the rows of a table. */
    interface RowSource {
        void fill(int row, float[] into);
    }

    /** A float vector, such as a norm's scale. */
    String vector(GgufTensor tensor) throws IOException {
        return floats(tensor, true);
    }

    /** A float vector that is used once, multiplied by a number. */
    String vector(GgufTensor tensor, double factor) throws IOException {
        float[] values = TensorRows.floats(gguf, tensor);
        report.add(tensor, "F32", (long) values.length * Float.BYTES, ErrorTally.exact(values));
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factor);
        }
        return graph.weight(tensor.name() + ".scaled", DataType.FLOAT, out.write(values), values.length);
    }

    ImportReport report() {
        return report.build();
    }

    /** Bits that a matrix's quanta are kept in; 0 if it is kept as floats. */
    private int bits(GgufTensor tensor) {
        if (!tensor.type().isFloat()) {
            return weights == Weights.FLOAT32 ? 0 : tensor.type().bits();
        }
        boolean fits = tensor.rows() > 1 && tensor.columns() % BlockQuantizer.BLOCK == 0;
        return switch (weights) {
            case EXACT, FLOAT32 -> 0;
            case EIGHT_BIT -> fits ? 8 : 0;
            case FOUR_BIT -> fits ? (delicate.contains(tensor) ? 8 : 4) : 0;
        };
    }

    private boolean isStoredNarrow(GgufTensor tensor) {
        return weights != Weights.FLOAT32 && (tensor.type() == TensorType.F16 || tensor.type() == TensorType.BF16);
    }

    private QuantizedRows quantizedRows(List<GgufTensor> tensors) throws IOException {
        QuantizedRows rows = quantized.get(tensors);
        if (rows == null) {
            GgufTensor first = tensors.get(0);
            rows = first.type().isFloat()
                    ? QuantizedRows.quantize(gguf, tensors, bits(first), out, report)
                    : QuantizedRows.keep(gguf, tensors, out, report);
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

    private String zeros(String id, QuantizedRows rows) throws IOException {
        String name = id + ".zeros";
        if (!graph.has(name)) {
            graph.weight(name, DataType.UINT8, out.write(rows.zeros()), rows.rows(), rows.zeroBytesPerRow());
        }
        return name;
    }

    /** The biases of projections side by side, zeros where one has none. */
    private String biases(String id, List<Projection> run, Scaled scaled) throws IOException {
        String name = id + ".biases";
        int rows = Math.toIntExact(run.stream().mapToLong(Projection::rows).sum());
        float[] all = new float[rows];
        int at = 0;
        for (Projection projection : run) {
            if (projection.bias().isPresent()) {
                GgufTensor bias = projection.bias().get();
                float[] values = TensorRows.floats(gguf, bias);
                System.arraycopy(values, 0, all, at, values.length);
                report.add(bias, "F32", (long) values.length * Float.BYTES, ErrorTally.exact(values));
            }
            at += Math.toIntExact(projection.rows());
        }
        for (int i = 0; i < scaled.outputs(); i++) {
            all[i] *= scaled.factor();
        }
        return graph.weight(name, DataType.FLOAT, out.write(all), rows);
    }

    /** A matrix of columns x blocks with ones where the column lies in the block. */
    private String ones(QuantizedRows rows) {
        int columns = rows.columns();
        int blocks = rows.blocksPerRow();
        if (columns > MOST_CORRECTED_COLUMNS) {
            throw GgufFile.refused(
                    gguf.path(),
                    "has an embedding of " + columns + " columns in blocks with a minimum",
                    "at most " + MOST_CORRECTED_COLUMNS + ", or another type");
        }
        String name = "ones." + columns;
        if (!graph.has(name)) {
            float[] values = new float[columns * blocks];
            for (int column = 0; column < columns; column++) {
                values[column * blocks + column / rows.block()] = 1;
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
        if (!asFloat || !isStoredNarrow(tensor)) {
            return name;
        }
        String cast = name + ".float";
        return graph.has(cast) ? cast : toFloat(name, cast);
    }

    private String writeFloats(GgufTensor tensor) throws IOException {
        DataType type = DataType.FLOAT;
        if (isStoredNarrow(tensor)) {
            type = tensor.type() == TensorType.F16 ? DataType.FLOAT16 : DataType.BFLOAT16;
        }
        boolean raw = type != DataType.FLOAT;
        ErrorTally tally = new ErrorTally();
        long start = out.begin();
        TensorRows.forEach(gguf, tensor, (bytes, row, rows) -> {
            float[] values = new float[Math.toIntExact(rows * tensor.columns())];
            int from = bytes.position();
            TensorRows.toFloats(tensor.type(), bytes, values, values.length);
            tally.addExact(values);
            if (raw) {
                byte[] same = new byte[bytes.limit() - from];
                bytes.get(from, same);
                out.append(same, same.length);
            } else {
                out.append(values);
            }
        });
        WeightWriter.Place place = out.end(start);
        report.add(tensor, raw ? tensor.type().name() : "F32", place.bytes(), tally);
        long[] dims = tensor.rows() == 1 ? new long[] {tensor.columns()} : new long[] {tensor.rows(), tensor.columns()};
        return graph.weight(tensor.name(), type, place, dims);
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
