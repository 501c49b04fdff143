package io.github.tandem4j.onnx.encoder;

import static io.github.tandem4j.onnx.encoder.MiniLmGoldenTest.cosine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.langchain4j.data.embedding.Embedding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EightBitTest {
    private static final List<String> TEXTS = List.of(
            "What is the fee for a transfer abroad?",
            "",
            "Which of the following is a prime number? A) 91 B) 57 C) 97 D) 87",
            "for (int i = 0; i < n; i++) { sum += a[i] * b[i]; }",
            "word ".repeat(300));

    @TempDir
    Path directory;

    @Test
    void vectorsOfMiniLmAreCloseToTheExactOnesAndNotTheSame() {
        assumeTrue(Processor.multipliesBytes(), "the processor does not multiply 8-bit integers");
        OnnxEmbeddingModel fast = SharedMiniLm.eightBit();
        List<Embedding> wanted = SharedMiniLm.exact().embedTexts(TEXTS).content();
        List<Embedding> made = fast.embedTexts(TEXTS).content();
        for (int i = 0; i < TEXTS.size(); i++) {
            assertThat(cosine(made.get(i).vector(), wanted.get(i).vector()))
                    .as(TEXTS.get(i))
                    .isBetween(0.998, 0.999999);
            float[] alone = fast.embed(TEXTS.get(i)).content().vector();
            assertThat(cosine(made.get(i).vector(), alone))
                    .as("beside others: " + TEXTS.get(i))
                    .isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void aColumnOfWeightsHasAScaleOfItsOwnAndRowsApartStay() {
        int rows = 64;
        float[] values = random(rows * 64);
        values[5 * 64 + 3] = 40;
        Product product = new Product(NodeProto.getDefaultInstance(), tensor("w", values, rows, 64));

        EightBitWeights weights = EightBitWeights.of(List.of(product, product), new int[] {5});

        assertThat(weights.columns()).isEqualTo(128);
        assertThat(weights.apart()[3]).isEqualTo(40f);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < 128; column++) {
                float wanted = row == 5 ? 0 : values[row * 64 + column % 64];
                float scale = weights.scales()[column];
                assertThat(weights.quanta()[row * 128 + column] * scale).isCloseTo(wanted, within(scale / 2 + 1e-6f));
            }
        }
    }

    @Test
    void productsOfSmallOrForeignWeightsAreLeft() {
        NodeProto large = product("x", "large");
        NodeProto small = product("x2", "small");
        NodeProto computed = product("x", "y");
        GraphProto graph = GraphProto.newBuilder()
                .addInitializer(tensor("large", random(64 * 64), 64, 64))
                .addInitializer(tensor("small", random(64 * 2), 64, 2))
                .addNode(large)
                .addNode(small)
                .addNode(computed)
                .build();

        assertThat(Product.of(graph)).containsOnlyKeys("x");
        assertThat(Product.of(graph).get("x")).extracting(Product::node).containsExactly(large);
        assertThat(EightBitGraph.canRewrite(model(graph, 11))).isTrue();
        assertThat(EightBitGraph.canRewrite(model(graph, 9))).isFalse();
        assertThat(EightBitGraph.canRewrite(model(GraphProto.getDefaultInstance(), 18)))
                .isFalse();
    }

    @Test
    void aNewerOperatorSetTakesItsAxesAsInputs() {
        GraphProto graph = GraphProto.newBuilder()
                .addInitializer(tensor("large", random(64 * 64), 64, 64))
                .addNode(product("x", "large"))
                .build();
        ChannelRange range = new ChannelRange();
        range.add(FloatBuffer.wrap(random(64 * 4)), 64);

        GraphProto old =
                EightBitGraph.rewritten(model(graph, 11), Map.of("x", range)).getGraph();
        GraphProto fresh =
                EightBitGraph.rewritten(model(graph, 18), Map.of("x", range)).getGraph();

        assertThat(maximum(old).getInputCount()).isEqualTo(1);
        assertThat(maximum(fresh).getInputCount()).isEqualTo(2);
        assertThat(old.getInitializerList()).extracting(TensorProto::getName).doesNotContain("large");
    }

    @Test
    void theChannelsThatGoFarBeyondTheOthersAreFound() {
        ChannelRange range = new ChannelRange();
        range.add(FloatBuffer.wrap(new float[] {1, -9, 2, 0, 1, 1, 1, 0, 0, 7}), 5);

        assertThat(range.far(2)).containsExactly(1, 4);
        assertThat(range.far(9)).hasSize(5);
        assertThat(range.lowest()).isEqualTo(-9f);
    }

    @Test
    void channelsOfLikeRangeAreNotKeptApart() {
        ChannelRange range = new ChannelRange();
        range.add(FloatBuffer.wrap(new float[] {1, -3, 2, 1}), 4);

        assertThat(range.far(8)).isEmpty();
    }

    @Test
    void theProcessorIsAskedForVnni() throws IOException {
        Path file = directory.resolve("cpuinfo");
        Files.writeString(file, "processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\n");
        assertThat(Processor.multipliesBytes(file)).isTrue();
        Files.writeString(file, "processor\t: 0\nflags\t\t: fpu avx2 avx512f\n");
        assertThat(Processor.multipliesBytes(file)).isFalse();
        assertThat(Processor.multipliesBytes(directory.resolve("absent"))).isFalse();
    }

    private static NodeProto maximum(GraphProto graph) {
        return graph.getNodeList().stream()
                .filter(node -> node.getOpType().equals("ReduceMax"))
                .findFirst()
                .orElseThrow();
    }

    private static NodeProto product(String input, String weights) {
        return NodeProto.newBuilder()
                .setName(input + weights)
                .setOpType("MatMul")
                .addInput(input)
                .addInput(weights)
                .addOutput(input + "*" + weights)
                .build();
    }

    private static ModelProto model(GraphProto graph, int opset) {
        return ModelProto.newBuilder()
                .setGraph(graph)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .build();
    }

    private static TensorProto tensor(String name, float[] values, long rows, long columns) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(rows)
                .addDims(columns)
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    private static float[] random(int count) {
        Random random = new Random(7);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
