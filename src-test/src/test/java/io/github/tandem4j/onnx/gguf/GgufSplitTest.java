package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufSplitTest {
    private static final int PARTS = 3;

    @TempDir
    Path place;

    @Test
    void anyPartLeadsToTheWholeModel() throws IOException {
        TinyLlama tiny = TinyLlama.of(TensorType.Q4_0);
        Path whole = tiny.importInto(place, Weights.EXACT);
        List<Path> parts = split(place.resolve("model-%05d-of-%05d.gguf").toString());

        for (int i = 0; i < PARTS; i++) {
            Path joined = place.resolve("joined-" + i);
            GgufImport.of(parts.get(i)).into(joined);

            for (String file : List.of(ModelFiles.MODEL, ModelFiles.WEIGHTS, ModelFiles.TOKENIZER, ModelFiles.CONFIG)) {
                assertThat(joined.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
            }
            JsonNode source =
                    ModelFiles.json(joined.resolve(ModelFiles.PROVENANCE), 1 << 20, "an import").get("source");
            assertThat(source.get("parts")).hasSize(PARTS);
            assertThat(source.at("/parts/2/file").asText()).isEqualTo("model-00003-of-00003.gguf");
            assertThat(source.findValuesAsText("sha256")).hasSize(PARTS + 1).doesNotHaveDuplicates();
            assertThat(source.get("bytes").asLong())
                    .isEqualTo(Files.size(parts.get(0)) + Files.size(parts.get(1)) + Files.size(parts.get(2)));
        }
    }

    @Test
    void refusesAMissingPart() throws IOException {
        List<Path> parts = split(place.resolve("model-%05d-of-%05d.gguf").toString());
        Files.delete(parts.get(1));

        refuses(parts.get(0), parts.get(1), "does not exist");
        refuses(parts.get(2), parts.get(1), "does not exist");
    }

    @Test
    void refusesAPartUnderAnotherName() throws IOException {
        List<Path> parts = split(place.resolve("model-%05d-of-%05d.gguf").toString());
        Path renamed = Files.move(parts.get(0), place.resolve("mine.gguf"));

        refuses(renamed, renamed, "-00001-of-00003.gguf");
    }

    @Test
    void refusesPartsThatWereSwapped() throws IOException {
        List<Path> parts = split(place.resolve("model-%05d-of-%05d.gguf").toString());
        Files.copy(parts.get(2), parts.get(1), StandardCopyOption.REPLACE_EXISTING);

        refuses(parts.get(0), parts.get(1), "says that it is part 3 of 3");
    }

    @Test
    void refusesPartsOfTwoModels() throws IOException {
        List<Path> parts = split(place.resolve("model-%05d-of-%05d.gguf").toString());
        Files.write(
                parts.get(1),
                new GgufBytes()
                        .header(0, 3)
                        .entry("split.no", 1)
                        .entry("split.count", PARTS)
                        .entry("split.tensors.count", 7)
                        .align()
                        .toBytes());

        refuses(parts.get(0), place, "split.tensors.count");
    }

    @Test
    void refusesATensorInTwoParts() throws IOException {
        List<Path> parts = split(place.resolve("model-%05d-of-%05d.gguf").toString());
        byte[] first = Files.readAllBytes(parts.get(0));
        // The first part again, but for its number.
        String key = "split.no";
        int at = new String(first, StandardCharsets.ISO_8859_1).indexOf(key) + key.length() + 4;
        first[at] = 1;
        Files.write(parts.get(1), first);

        refuses(parts.get(0), parts.get(1), "which model-00001-of-00003.gguf has too");
    }

    @Test
    void refusesPartsWithoutANumber() throws IOException {
        Path file = Files.write(
                place.resolve("model-00001-of-00002.gguf"),
                new GgufBytes().header(0, 1).entry("split.count", 2).align().toBytes());

        refuses(file, file, "split.no");
    }

    private static void refuses(Path opened, Path named, String why) {
        assertThatThrownBy(() -> GgufFile.open(opened))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(named.toString())
                .hasMessageContaining(why)
                .hasMessageContaining("valid");
    }

    /** Splits a tiny model as {@code llama-gguf-split} does: all metadata in the first part, tensors in all. */
    private List<Path> split(String name) throws IOException {
        return TinyLlama.of(TensorType.Q4_0).writeParts(PARTS, i -> Path.of(name.formatted(i + 1, PARTS)));
    }
}
