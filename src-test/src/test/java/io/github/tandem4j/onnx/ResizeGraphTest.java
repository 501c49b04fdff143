package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.tandem4j.onnx.graph.Graph;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The graph that sizes caches, which is written without the message classes: they must read it as it is meant. */
final class ResizeGraphTest {
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "FLOAT16"})
    void readsAsTheGraphThatTheBuilderMakes(DataType type) throws Exception {
        Graph graph = new Graph("");
        graph.input("past", type, "rows", "heads", "capacity", "size");
        graph.input("pads", DataType.INT64, 8);
        graph.output("present", type, "rows", "heads", "other", "size");
        graph.node("present", "Pad", List.of("past", "pads"));
        ModelProto built = graph.build("");

        ModelProto written = ModelProto.parseFrom(ResizeGraph.of(type));

        assertThat(written.getIrVersion()).isEqualTo(built.getIrVersion());
        assertThat(written.getOpsetImport(0)).isEqualTo(built.getOpsetImport(0));
        assertThat(written.getGraph().getInputList()).isEqualTo(built.getGraph().getInputList());
        assertThat(written.getGraph().getOutputList())
                .isEqualTo(built.getGraph().getOutputList());
        assertThat(written.getGraph().getNode(0).toBuilder().setDomain("").build())
                .isEqualTo(built.getGraph().getNode(0));
    }
}
