package io.github.tandem4j.onnx.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.github.tandem4j.ModelFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tensors of a model that lie in other files, found in the bytes of its file. */
final class ExternalTensorsTest {
    @Test
    void findsThemWhereverTheyAre() throws IOException {
        GraphProto inner = GraphProto.newBuilder()
                .addInitializer(tensor("inner"))
                .addSparseInitializer(sparse("inner sparse"))
                .build();
        NodeProto node = NodeProto.newBuilder()
                .addAttribute(AttributeProto.newBuilder().setName("t").setT(tensor("attribute")))
                .addAttribute(
                        AttributeProto.newBuilder().addTensors(tensor("list 1")).addTensors(tensor("list 2")))
                .addAttribute(AttributeProto.newBuilder().setSparseTensor(sparse("sparse")))
                .addAttribute(AttributeProto.newBuilder().addSparseTensors(sparse("sparse list")))
                .addAttribute(AttributeProto.newBuilder().setG(inner))
                .addAttribute(AttributeProto.newBuilder()
                        .addGraphs(GraphProto.newBuilder()
                                .addNode(NodeProto.newBuilder()
                                        .addAttribute(
                                                AttributeProto.newBuilder().setT(tensor("deep"))))))
                .build();
        ModelProto model = ModelProto.newBuilder()
                .setProducerName("somebody")
                .setGraph(GraphProto.newBuilder()
                        .addInitializer(tensor("weight"))
                        .addInitializer(
                                TensorProto.newBuilder().setName("held").setRawData(ByteString.copyFromUtf8("x")))
                        .addNode(node))
                .addFunctions(FunctionProto.newBuilder()
                        .addNode(NodeProto.newBuilder()
                                .addAttribute(AttributeProto.newBuilder().setT(tensor("function"))))
                        .addAttributeProto(AttributeProto.newBuilder().setT(tensor("default"))))
                .build();

        List<String> found = new ArrayList<>();
        ExternalTensors.read(model.toByteArray(), (name, entries) -> {
            assertThat(entries).containsEntry("location", "w").containsEntry("offset", "8");
            found.add(name);
        });

        assertThat(found)
                .containsExactlyInAnyOrder(
                        "weight",
                        "attribute",
                        "list 1",
                        "list 2",
                        "sparse",
                        "sparse list",
                        "inner",
                        "inner sparse",
                        "deep",
                        "function",
                        "default");
    }

    @Test
    void refusesWhatReadersWouldMerge() throws IOException {
        byte[] model = ModelProto.newBuilder()
                .setGraph(GraphProto.newBuilder().addInitializer(tensor("a")))
                .build()
                .toByteArray();
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.write(model);
        twice.write(model);
        assertRefused(twice.toByteArray(), "twice");

        AttributeProto attribute = AttributeProto.newBuilder().setT(tensor("a")).build();
        ByteString parts = attribute.toByteString().concat(attribute.toByteString());
        ByteArrayOutputStream node = new ByteArrayOutputStream();
        field(node, 5, parts.toByteArray());
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        field(graph, 1, node.toByteArray());
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        field(whole, 7, graph.toByteArray());
        assertRefused(whole.toByteArray(), "twice");
    }

    @Test
    void refusesTwoPlacesForOneTensorAndNone() {
        TensorProto.Builder two = tensor("a").toBuilder().addExternalData(entry("location", "other"));
        assertRefused(model(two), "two entries");
        assertThatThrownBy(() -> ExternalWeights.check(
                        Path.of("model.onnx"),
                        model(TensorProto.newBuilder().setName("a").addExternalData(entry("offset", "0")))))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("does not name");
    }

    @Test
    void refusesWhatIsCutAndWhatIsTooDeep() {
        byte[] model = model(tensor("a").toBuilder());
        for (int length = 1; length < model.length; length++) {
            byte[] cut = Arrays.copyOf(model, length);
            assertThatThrownBy(() -> ExternalTensors.read(cut, (name, entries) -> {}))
                    .isInstanceOf(IOException.class);
        }
        GraphProto graph = GraphProto.getDefaultInstance();
        for (int depth = 0; depth < 100; depth++) {
            graph = GraphProto.newBuilder()
                    .addNode(NodeProto.newBuilder()
                            .addAttribute(AttributeProto.newBuilder().setG(graph)))
                    .build();
        }
        assertRefused(ModelProto.newBuilder().setGraph(graph).build().toByteArray(), "deep");
    }

    private static void assertRefused(byte[] model, String message) {
        assertThatThrownBy(() -> ExternalTensors.read(model, (name, entries) -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }

    private static byte[] model(TensorProto.Builder tensor) {
        return ModelProto.newBuilder()
                .setGraph(GraphProto.newBuilder().addInitializer(tensor))
                .build()
                .toByteArray();
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] bytes) throws IOException {
        assertThat(bytes.length).isLessThan(128);
        out.write(number << 3 | 2);
        out.write(bytes.length);
        out.write(bytes);
    }

    private static SparseTensorProto sparse(String name) {
        return SparseTensorProto.newBuilder().setValues(tensor(name)).build();
    }

    private static TensorProto tensor(String name) {
        return TensorProto.newBuilder()
                .setName(name)
                .addExternalData(entry("location", "w"))
                .addExternalData(entry("offset", "8"))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
