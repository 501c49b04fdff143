package io.github.tandem4j.onnx.exported;

import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Directories as onnx-community has them, around the graphs that {@code golden/make_exported_golden.py} made. */
public final class ExportedFiles {
    public static final Path GOLDEN = Path.of("golden/exported");

    /** The layouts with float32 weights, which agree to the last digits but two. */
    public static final List<String> FLOATS = List.of("plain", "last", "tied", "grouped", "merged");

    private static final byte[] TOKENIZER = tokenizer();

    private ExportedFiles() {}

    private static byte[] tokenizer() {
        try {
            Path tiny = Files.createTempDirectory("tiny");
            try {
                Path imported = TinyLlama.of(TensorType.F32).importInto(tiny, Weights.EXACT);
                return Files.readAllBytes(imported.resolve("tokenizer.json"));
            } finally {
                delete(tiny);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a directory with one graph, as {@code onnx/model.onnx}. */
    public static Path write(Path directory, String graph) throws IOException {
        Files.createDirectories(directory.resolve("onnx"));
        Files.write(directory.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(directory.resolve("config.json"), """
            {"model_type":"llama","architectures":["LlamaForCausalLM"],"vocab_size":262,
             "max_position_embeddings":64,"eos_token_id":2}\
            """);
        Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\":[2,0]}");
        Files.writeString(directory.resolve("tokenizer_config.json"), """
            {"bos_token":{"content":"<|im_start|>","lstrip":false,"special":true},"eos_token":"<|im_end|>",
             "chat_template":[{"name":"tool_use","template":"{{ 1/0 }}"},{"name":"default","template":"%s"}]}
            """.formatted(
                        TinyLlama.TEMPLATE.replace("\\", "\\\\").replace("\n", "\\n")));
        add(directory, graph, "model.onnx");
        return directory;
    }

    /** Adds another graph. */
    public static void add(Path directory, String graph, String name) throws IOException {
        Files.copy(GOLDEN.resolve(graph + ".onnx"), directory.resolve("onnx").resolve(name));
        Path weights = directory.resolve("onnx/model.onnx_data");
        if (!Files.exists(weights)) {
            Files.copy(GOLDEN.resolve("model.onnx_data"), weights);
        }
    }

    public static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
