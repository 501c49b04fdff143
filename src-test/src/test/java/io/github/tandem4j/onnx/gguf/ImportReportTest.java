package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImportReportTest {
    @TempDir
    Path place;

    private JsonNode golden;

    @BeforeEach
    void read() throws IOException {
        golden = new ObjectMapper()
                .readTree(Path.of("golden/decoders-qwen2-golden.json").toFile());
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void anExactImportCausesNoErrorButTheRoundingOfSums(TensorType type) throws IOException {
        ImportReport report = report(type, Weights.EXACT);

        assertThat(report.relativeError()).isBetween(0.0, type.hasMinimum() ? 3e-8 : 0);
        assertThat(report.tensors())
                .filteredOn(tensor ->
                        tensor.source().equals(type.name()) && !tensor.name().contains("norm"))
                .filteredOn(tensor -> tensor.name().endsWith(".weight"))
                .hasSize(16)
                .extracting(ImportReport.Tensor::kept)
                .containsOnly(type.isFloat() ? type.name() : type.bits() + " bit");
        assertThat(report.bytesBefore()).isEqualTo(bytesInFile());
        assertThat(report.tensors()).hasSize(model().get("tensors").size());
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16"})
    void fourBitsLoseSixPercentOfUniformWeightsAndSayWhere(TensorType type) throws Exception {
        ImportReport report = report(type, Weights.FOUR_BIT);

        assertThat(report.counts())
                .containsEntry(type + " as 4 bit", 14L)
                .containsEntry(type + " as 8 bit", 2L); // the embedding and the output layer
        assertThat(report.tensors())
                .filteredOn(tensor -> tensor.kept().equals("8 bit"))
                .extracting(ImportReport.Tensor::name)
                .containsExactlyInAnyOrder("token_embd.weight", "output.weight");
        assertThat(report.relativeError()).isBetween(0.05, 0.065);
        assertThat(report.worst()).hasValueSatisfying(worst -> {
            assertThat(worst.kept()).isEqualTo("4 bit");
            assertThat(worst.relativeError()).isBetween(report.relativeError(), 0.07);
        });
        assertThat(report.bytesAfter()).isLessThan(report.bytesBefore() * (type == TensorType.F32 ? 2 : 4) / 10);
        assertThat(report.toString())
                .contains("14 tensors " + type + " as 4 bit", "2 tensors " + type + " as 8 bit", "relative error");
        assertThat(distance(type, Weights.FOUR_BIT)).isLessThan(0.45); // of 1.15; a misread zero makes it 1
    }

    @Test
    void eightBitsLoseHalfAPercent() throws Exception {
        ImportReport report = report(TensorType.F32, Weights.EIGHT_BIT);

        assertThat(report.counts()).containsEntry("F32 as 8 bit", 16L);
        assertThat(report.relativeError()).isBetween(0.001, 0.005);
        assertThat(distance(TensorType.F32, Weights.EIGHT_BIT)).isLessThan(0.05);
    }

    @ParameterizedTest
    @EnumSource(
            value = Weights.class,
            names = {"FOUR_BIT", "EIGHT_BIT"})
    void whatIsQuantisedIsNotQuantisedAgain(Weights weights) throws IOException {
        assertThat(report(TensorType.Q6_K, weights).tensors())
                .isEqualTo(report(TensorType.Q6_K, Weights.EXACT).tensors());
    }

    @Test
    void provenanceTellsTheError() throws IOException {
        ImportReport report = report(TensorType.F16, Weights.FOUR_BIT);

        JsonNode provenance =
                ModelFiles.json(place.resolve("model-FOUR_BIT/provenance.json"), 1 << 20, "an import");
        assertThat(provenance.get("weights").asText()).isEqualTo("four_bit");
        assertThat(provenance.get("relative_error").asDouble()).isEqualTo(report.relativeError());
        assertThat(provenance.at("/worst_tensor/name").asText())
                .isEqualTo(report.worst().orElseThrow().name());
        assertThat(provenance.at("/tensors/F16 as 4 bit").asInt()).isEqualTo(14);
    }

    @Test
    void weightsThatAreNoNumbersAreNotQuantised() throws IOException {
        TinyLlama tiny = TinyLlama.of(TensorType.F32).spoil("blk.1.ffn_up.weight", Float.NaN);
        Path gguf = tiny.write(place.resolve("spoilt.gguf"));

        assertThatThrownBy(() -> GgufImport.of(gguf).weights(Weights.FOUR_BIT).into(place.resolve("new/model")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll(gguf.toString(), "NaN", "blk.1.ffn_up.weight", "finite");
        assertThat(place.resolve("new/model")).doesNotExist();
    }

    private ImportReport report(TensorType type, Weights weights) throws IOException {
        Path gguf = Files.write(place.resolve("model.gguf"), SeededGguf.of(model(), golden.get("tokenizer"), type));
        Path directory = place.resolve("model-" + weights);
        return GgufImport.of(gguf).weights(weights).into(directory);
    }

    /** How far the logits are from those of all weights as floats: the root of the mean square. */
    private double distance(TensorType type, Weights weights) throws Exception {
        report(type, Weights.FLOAT32);
        float[][] exact = logits(place.resolve("model-FLOAT32"));
        float[][] found = logits(place.resolve("model-" + weights));
        double squares = 0;
        for (int row = 0; row < exact.length; row++) {
            for (int i = 0; i < exact[row].length; i++) {
                squares += Math.pow(exact[row][i] - found[row][i], 2);
            }
        }
        return Math.sqrt(squares / (exact.length * exact[0].length));
    }

    private float[][] logits(Path directory) throws Exception {
        int[] ids = new int[model().get("ids").size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = model().get("ids").get(i).asInt();
        }
        try (GraphRun graph = new GraphRun(directory, 1, ids.length)) {
            return graph.logits(
                    new int[][] {ids}, IntStream.range(0, ids.length).toArray());
        }
    }

    private long bytesInFile() throws IOException {
        try (GgufFile file = GgufFile.open(place.resolve("model.gguf"))) {
            return file.tensors().values().stream().mapToLong(GgufTensor::bytes).sum();
        }
    }

    private JsonNode model() {
        return golden.at("/models/qwen2");
    }
}
