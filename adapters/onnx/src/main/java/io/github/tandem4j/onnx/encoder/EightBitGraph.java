package io.github.tandem4j.onnx.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rewrites an encoder's products with weights so that 8-bit integers are multiplied. A column of weights has one scale, and
 * each token's activations have one, found as they come: so a row does not depend on those beside it.
 *
 * <p>A few channels of a transformer's activations are many times larger than all others, and would take the resolution away
 * from them. Which they are does not depend on the text, so they are found once, on a sample, and multiplied in floats
 * (Dettmers et al., LLM.int8(), NeurIPS 2022). In the integers they saturate, and meet weights of 0. What comes out of a
 * GELU is hardly negative and is shifted, so that its integers have all 8 bits; the shift's share of a product is a constant,
 * which is taken from it again.
 *
 * <p>With {@code x} the activations of a token, {@code s} their scale and {@code o} the channels apart: {@code x W = s *
 * t * (round(x / s) Q) + x[o] W[o]}, where {@code W = Q * t} but for rounding.
 */
final class EightBitGraph {
    private static final String MICROSOFT = "com.microsoft";

    /** With none, a vector of MiniLM is at a cosine of .98 to the exact one at worst; with 8, of .999; 16 add nothing. */
    static final int APART = 8;

    /** GELU's minimum is -0.16997. */
    private static final float SHIFT = 0.17f;

    private static final int FIRST_OPSET = 10; // of QuantizeLinear
    private static final int AXES_ARE_INPUTS = 18;

    private final GraphProto source;
    private final long opset;
    private final GraphProto.Builder graph;

    private EightBitGraph(GraphProto source, long opset) {
        this.source = source;
        this.opset = opset;
        this.graph = source.toBuilder().clearNode().clearInitializer();
    }

    /** Whether a model can be rewritten. */
    static boolean canRewrite(ModelProto model) {
        return opset(model) >= FIRST_OPSET && !Product.of(model.getGraph()).isEmpty();
    }

    private static long opset(ModelProto model) {
        return model.getOpsetImportList().stream()
                .filter(each -> each.getDomain().isEmpty() || each.getDomain().equals("ai.onnx"))
                .mapToLong(OperatorSetIdProto::getVersion)
                .findFirst()
                .orElse(0);
    }

    /**
     * @param model one that can be rewritten
     * @param ranges of the activations that are multiplied, by their names
     */
    static ModelProto rewritten(ModelProto model, Map<String, ChannelRange> ranges) {
        EightBitGraph made = new EightBitGraph(model.getGraph(), opset(model));
        made.write(ranges);
        ModelProto.Builder rewritten = model.toBuilder().setGraph(made.graph);
        if (model.getOpsetImportList().stream()
                .noneMatch(each -> each.getDomain().equals(MICROSOFT))) {
            rewritten.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1));
        }
        return rewritten.build();
    }

    private void write(Map<String, ChannelRange> ranges) {
        Map<NodeProto, String> inputs = new HashMap<>();
        Map<String, List<Product>> products = Product.of(source);
        products.keySet().retainAll(ranges.keySet());
        products.forEach((input, all) -> all.forEach(product -> inputs.put(product.node(), input)));
        constant("tandem.one", DataType.FLOAT, floats(1));
        constant("tandem.shift", DataType.FLOAT, floats(SHIFT));
        constant("tandem.middle", DataType.UINT8, ByteBuffer.wrap(new byte[] {(byte) 128}));
        constant("tandem.zero", DataType.UINT8, ByteBuffer.wrap(new byte[1]));
        if (opset >= AXES_ARE_INPUTS) {
            ByteBuffer last = ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(0, -1);
            constant("tandem.last", DataType.INT64, last, 1);
        }
        Set<String> done = new HashSet<>();
        for (NodeProto node : source.getNodeList()) {
            String input = inputs.get(node);
            if (input == null) {
                graph.addNode(node);
            } else if (done.add(input)) {
                products(
                        input, products.getOrDefault(input, List.of()), ranges.getOrDefault(input, new ChannelRange()));
            }
        }
        Set<String> used = new HashSet<>();
        graph.getNodeList().forEach(node -> used.addAll(node.getInputList()));
        source.getInitializerList().stream()
                .filter(tensor -> used.contains(tensor.getName()) || isUsedWithin(tensor.getName()))
                .forEach(graph::addInitializer);
    }

    /** Whether a branch may use a tensor; what it uses is not told from outside, so that all is kept where there is one. */
    private boolean isUsedWithin(String tensor) {
        return source.getOutputList().stream()
                        .anyMatch(output -> output.getName().equals(tensor))
                || source.getNodeList().stream()
                        .flatMap(node -> node.getAttributeList().stream())
                        .anyMatch(attribute -> attribute.hasG() || attribute.getGraphsCount() > 0);
    }

    /** The products of one input, whose columns are computed side by side. */
    private void products(String input, List<Product> products, ChannelRange range) {
        String name = "tandem." + input;
        int rows = products.get(0).rows();
        int[] apart = range.far(APART);
        boolean shifted = range.lowest() >= -SHIFT;
        EightBitWeights weights = EightBitWeights.of(products, apart);

        float[] mask = new float[rows];
        Arrays.fill(mask, 1f / (shifted ? 255 : 127));
        for (int channel : apart) {
            mask[channel] = 0;
        }
        String from = shifted ? node(name + ".shifted", "", "Add", input, "tandem.shift") : input;
        String masked =
                node(name + ".masked", "", "Mul", from, constant(name + ".mask", DataType.FLOAT, floats(mask), rows));
        String sizes = shifted ? masked : node(name + ".sizes", "", "Abs", masked);
        String scale = maximum(name + ".scale", sizes);
        String zero = shifted ? "tandem.zero" : "tandem.middle";
        // Where all is 0 the quotient is none, and whatever integer it becomes meets a scale of 0.
        String scaled = node(name + ".scaled", "", "Div", from, scale);
        String quanta = node(name + ".quanta", "", "QuantizeLinear", scaled, "tandem.one", zero);
        String product = node(
                name + ".product",
                MICROSOFT,
                "MatMulIntegerToFloat",
                quanta,
                constant(name + ".weights", DataType.INT8, ByteBuffer.wrap(weights.quanta()), rows, weights.columns()),
                "tandem.one",
                constant(name + ".scales", DataType.FLOAT, floats(weights.scales()), weights.columns()),
                zero);
        String sum = node(name + ".rescaled", "", "Mul", product, scale);
        if (apart.length > 0) {
            String kept = node(name + ".kept", "", "Gather", input, channels(name + ".channels", apart));
            graph.setNode(
                    graph.getNodeCount() - 1,
                    graph.getNode(graph.getNodeCount() - 1).toBuilder().addAttribute(integer("axis", -1)));
            String exact = node(
                    name + ".exact",
                    "",
                    "MatMul",
                    kept,
                    constant(name + ".rows", DataType.FLOAT, floats(weights.apart()), apart.length, weights.columns()));
            sum = node(name + ".sum", "", "Add", sum, exact);
        }
        if (shifted) {
            float[] offset = weights.sums();
            for (int i = 0; i < offset.length; i++) {
                offset[i] *= -SHIFT;
            }
            sum = node(
                    name + ".unshifted",
                    "",
                    "Add",
                    sum,
                    constant(name + ".offset", DataType.FLOAT, floats(offset), offset.length));
        }
        split(name, sum, products);
    }

    private void split(String name, String sum, List<Product> products) {
        NodeProto.Builder node = NodeProto.newBuilder().setName(name + ".split").addInput(sum);
        products.forEach(product -> node.addOutput(product.node().getOutput(0)));
        if (products.size() == 1) {
            graph.addNode(node.setOpType("Identity"));
            return;
        }
        node.setOpType("Split").addAttribute(integer("axis", -1));
        if (opset >= AXES_ARE_INPUTS) {
            node.addAttribute(integer("num_outputs", products.size()));
        }
        graph.addNode(node);
    }

    private String maximum(String name, String of) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(name)
                .setOpType("ReduceMax")
                .addInput(of)
                .addOutput(name)
                .addAttribute(integer("keepdims", 1));
        if (opset >= AXES_ARE_INPUTS) {
            node.addInput("tandem.last");
        } else {
            node.addAttribute(AttributeProto.newBuilder()
                    .setName("axes")
                    .setType(AttributeProto.AttributeType.INTS)
                    .addInts(-1));
        }
        graph.addNode(node);
        return name;
    }

    private String node(String output, String domain, String operator, String... inputs) {
        graph.addNode(NodeProto.newBuilder()
                .setName(output)
                .setDomain(domain)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output));
        return output;
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private String channels(String name, int[] channels) {
        ByteBuffer bytes = ByteBuffer.allocate(channels.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int channel : channels) {
            bytes.putLong(channel);
        }
        return constant(name, DataType.INT64, bytes.flip(), channels.length);
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private String constant(String name, DataType type, ByteBuffer bytes, long... dims) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .addAllDims(Arrays.stream(dims).boxed().toList())
                .setRawData(ByteString.copyFrom(bytes)));
        return name;
    }
}
