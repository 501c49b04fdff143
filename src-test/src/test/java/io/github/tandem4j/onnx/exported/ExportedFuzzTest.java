package io.github.tandem4j.onnx.exported;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a graph before the runtime sees it: whatever the bytes are, it is a graph or a refusal. */
class ExportedFuzzTest {
    @TempDir
    Path place;

    @ParameterizedTest
    @ValueSource(strings = {"plain", "tied", "grouped", "merged", "q4", "quantized"})
    void bytesThatAreChangedOrCutAreAGraphOrARefusal(String graph) throws IOException {
        Random random = new Random(3);
        byte[] whole = Files.readAllBytes(ExportedFiles.GOLDEN.resolve(graph + ".onnx"));
        Path model = model();
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int changes = 1 + random.nextInt(20); changes > 0 && bytes.length > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(model, bytes);
            refused += isRefused(model) ? 1 : 0;
        }
        assertThat(refused).isBetween(50, 300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "tied", "grouped", "merged", "q4", "quantized"})
    void nodesThatAreChangedAreAGraphOrARefusal(String graph) throws IOException {
        Random random = new Random(4);
        ModelProto whole = ModelProto.parseFrom(Files.readAllBytes(ExportedFiles.GOLDEN.resolve(graph + ".onnx")));
        Path model = model();
        for (int i = 0; i < 300; i++) {
            ModelProto.Builder changed = whole.toBuilder();
            for (int changes = 1 + random.nextInt(40); changes > 0; changes--) {
                int count = changed.getGraph().getNodeCount();
                NodeProto.Builder node = changed.getGraphBuilder().getNodeBuilder(random.nextInt(count));
                NodeProto other =
                        whole.getGraph().getNode(random.nextInt(whole.getGraph().getNodeCount()));
                switch (random.nextInt(6)) {
                    case 0 -> node.clearInput();
                    case 1 -> node.clearOutput();
                    case 2 -> node.clearAttribute();
                    case 3 -> node.setOpType(other.getOpType());
                    case 4 -> node.clearInput().addAllInput(node.getOutputList()); // round and round
                    default -> node.clearInput().addAllInput(other.getOutputList());
                }
            }
            Files.write(model, changed.build().toByteArray());
            isRefused(model);
        }
    }

    private Path model() throws IOException {
        Files.copy(ExportedFiles.GOLDEN.resolve("model.onnx_data"), place.resolve("model.onnx_data"));
        return place.resolve("model.onnx");
    }

    private static boolean isRefused(Path model) {
        try {
            ExportedModel read = ExportedModel.read(model);
            assertThat(ExportedGraph.of(read, 262).getGraph().getNodeCount()).isPositive();
            return false;
        } catch (ModelFileException e) {
            assertThat(e).hasMessageContaining("model.onnx");
            return true;
        }
    }
}
