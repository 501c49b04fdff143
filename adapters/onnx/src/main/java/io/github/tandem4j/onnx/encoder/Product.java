package io.github.tandem4j.onnx.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A product of activations with a matrix of weights, as a graph has it.
 *
 * @param node a {@code MatMul}
 * @param weights [columns of the activations, columns of the product]
 */
record Product(NodeProto node, TensorProto weights) {

    /** Smaller ones, such as a classifier's last, take no time and are worth their full precision. */
    private static final int LEAST = 64;

    /** A graph's products with weights that it holds itself, by the activations that are multiplied. */
    static Map<String, List<Product>> of(GraphProto graph) {
        Map<String, TensorProto> tensors = new HashMap<>();
        graph.getInitializerList().forEach(tensor -> tensors.put(tensor.getName(), tensor));
        Map<String, List<Product>> products = new LinkedHashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            TensorProto weights = node.getOpType().equals("MatMul") && node.getInputCount() == 2
                    ? tensors.get(node.getInput(1))
                    : null;
            if (weights != null && !tensors.containsKey(node.getInput(0)) && isMatrixOfFloats(weights)) {
                products.computeIfAbsent(node.getInput(0), input -> new ArrayList<>())
                        .add(new Product(node, weights));
            }
        }
        // Those of one input are computed together, which takes weights of the same extents.
        products.values()
                .removeIf(all -> all.stream()
                        .anyMatch(each -> each.rows() != all.get(0).rows()
                                || each.columns() != all.get(0).columns()));
        return products;
    }

    private static boolean isMatrixOfFloats(TensorProto tensor) {
        return tensor.getDataType() == DataType.FLOAT.getNumber()
                && tensor.getDimsCount() == 2
                && tensor.getDims(0) >= LEAST
                && tensor.getDims(1) >= LEAST
                && tensor.getDims(0) <= Integer.MAX_VALUE
                && tensor.getDims(1) <= Integer.MAX_VALUE // or their product is another number
                && tensor.getDims(0) * tensor.getDims(1) <= Integer.MAX_VALUE / Float.BYTES
                && tensor.getRawData().size() == tensor.getDims(0) * tensor.getDims(1) * Float.BYTES;
    }

    int rows() {
        return (int) weights.getDims(0);
    }

    int columns() {
        return (int) weights.getDims(1);
    }

    FloatBuffer values() {
        return weights.getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }
}
