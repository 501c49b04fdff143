package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.graph.RuntimeEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the runtime makes of an imported graph. */
final class ImportedGraphTest {
    @TempDir
    private Path place;

    @ParameterizedTest
    @EnumSource(Weights.class)
    void theImportLeavesNothingToTheSlowOptimizers(Weights weights) throws Exception {
        for (boolean tied : new boolean[] {false, true}) {
            for (TensorType type : List.of(TensorType.F32, TensorType.Q4_1, TensorType.Q8_0)) {
                Path directory = Files.createDirectories(place.resolve(type + "-" + tied));
                Path model = new TinyLlama(type, tied, 12)
                        .importInto(directory, weights)
                        .resolve(ModelFiles.MODEL);
                assertThat(operators(model, OptLevel.BASIC_OPT))
                        .as("%s, tied %s", type, tied)
                        .isNotEmpty()
                        .isEqualTo(operators(model, OptLevel.ALL_OPT));
            }
        }
    }

    private static List<String> operators(Path model, OptLevel level) throws OrtException, IOException {
        Path optimized = model.resolveSibling(level + ".onnx");
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(level);
            options.setOptimizedModelFilePath(optimized.toString());
            RuntimeEnvironment.get().createSession(model.toString(), options).close();
        }
        return ModelProto.parseFrom(Files.readAllBytes(optimized)).getGraph().getNodeList().stream()
                .map(NodeProto::getOpType)
                .sorted()
                .toList();
    }
}
