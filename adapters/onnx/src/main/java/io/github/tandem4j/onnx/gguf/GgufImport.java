package io.github.tandem4j.onnx.gguf;

import static java.util.Objects.requireNonNull;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.graph.Graph;
import io.github.tandem4j.onnx.graph.WeightWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleConsumer;

/**
 * Turns a GGUF file into a directory that {@link io.github.tandem4j.onnx.OnnxModel OnnxModel} and {@link
 * io.github.tandem4j.onnx.OnnxEndpoint OnnxEndpoint} open.
 *
 * <pre>{@code
 * GgufImport.of(Path.of("SmolLM2-135M-Instruct.Q4_1.gguf")).into(Path.of("smollm2"));
 * }</pre>
 *
 * <p>Reads text models of the architectures {@code llama}, {@code qwen2}, {@code qwen3}, {@code phi3} and {@code
 * gemma3} with F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K tensors, tied or untied output, linear,
 * YaRN, Llama-3 and LongRoPE scaling of positions, and sliding windows; and a tokenizer that is a byte-level BPE
 * (pre-tokenizers {@code gpt-2}, {@code smollm}, {@code llama-bpe}, {@code qwen2}) or SentencePiece's BPE or unigram
 * model. Of a split file any part may be given; the others lie beside it. Everything else is refused by name before a
 * byte is written; the file is not trusted.
 *
 * <p>The directory appears at once and whole: it is made beside its place under a temporary name and moved there, so
 * that an import that is cut off never looks complete. Two imports to one place at the same time are harmless: the
 * first to finish stays.
 *
 * <p>Immutable and thread-safe.
 */
public final class GgufImport {
    /** How weights are kept. */
    public enum Weights {
        /** The file's own quanta and scales: its size, its values, at most rounded where they are multiplied. */
        EXACT,
        /** Every tensor dequantised to 32-bit floats: large and slow, the yardstick of exactness. */
        FLOAT32,
        /**
         * Matrices of floats quantised to 8 bits, in blocks of 32; what the file has quantised stays as it is, and so
         * do matrices whose rows are no multiple of 32. The {@link ImportReport} tells what that loses.
         */
        EIGHT_BIT,
        /**
         * Matrices of floats quantised to 4 bits, in blocks of 32, but for the embedding and the output layer, which
         * get 8; what the file has quantised stays as it is, and so do matrices whose rows are no multiple of 32. The
         * {@link ImportReport} tells what that loses.
         */
        FOUR_BIT
    }

    /** The version of what an import writes; a directory of another version is refused when it is opened. */
    public static final int FORMAT_VERSION = ModelFiles.FORMAT;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path gguf;
    private final Weights weights;
    private final int window;
    private final DoubleConsumer progress;

    private GgufImport(Path gguf, Weights weights, int window, DoubleConsumer progress) {
        this.gguf = requireNonNull(gguf, "gguf");
        this.weights = requireNonNull(weights, "weights");
        this.window = window;
        this.progress = requireNonNull(progress, "progress");
    }

    /**
     * An import of this file that keeps weights {@linkplain Weights#EXACT exactly}.
     *
     * @param gguf a GGUF file of version 2 or 3
     * @return the import, not yet begun
     */
    public static GgufImport of(Path gguf) {
        return new GgufImport(gguf, Weights.EXACT, Integer.MAX_VALUE, fraction -> {});
    }

    /**
     * The same import with another way to keep weights.
     *
     * @param weights how
     * @return a new import
     */
    public GgufImport weights(Weights weights) {
        return new GgufImport(gguf, weights, window, progress);
    }

    /**
     * The same import with a window of at most so many tokens, however many the model was trained on. The tables of
     * positions become as much smaller: they take 50 MB of a model that sees 131,072 tokens. A model with LongRoPE
     * (Phi 3.5) gets the factors for short texts where the window is no longer than the one that it was first trained
     * on, and those for long ones otherwise, as in llama.cpp.
     *
     * @param tokens at least 1
     * @return a new import
     * @throws IllegalArgumentException if there are fewer
     */
    public GgufImport window(int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("a window of " + tokens + " tokens; valid: 1 or more");
        }
        return new GgufImport(gguf, weights, tokens, progress);
    }

    /**
     * The same import with a listener, which is told the done fraction, 0 to 1, from time to time, on the calling
     * thread.
     *
     * @param progress the listener
     * @return a new import
     */
    public GgufImport onProgress(DoubleConsumer progress) {
        return new GgufImport(gguf, weights, window, progress);
    }

    /**
     * Imports the file.
     *
     * @param directory where to; must not exist yet, or be empty
     * @return what became of the tensors, and the error that this caused
     * @throws ModelFileException if the file can't be read or has what the import does not know, naming it; or if the
     *     directory is in use
     */
    public ImportReport into(Path directory) {
        requireNonNull(directory, "directory");
        try (GgufFile file = GgufFile.open(gguf)) {
            DecoderConfig config = DecoderConfig.of(file, window);
            DecoderTensors tensors = new DecoderTensors(file, config);
            GgufVocabulary vocabulary = new GgufVocabulary(file);
            try (ImportDirectory target = ImportDirectory.of(directory)) {
                ImportReport report = writeModel(file, config, tensors, target.workplace());
                write(target.workplace(), ModelFiles.TOKENIZER, vocabulary.tokenizer());
                write(target.workplace(), ModelFiles.TOKENIZER_CONFIG, vocabulary.tokenizerConfig());
                write(target.workplace(), ModelFiles.GENERATION_CONFIG, vocabulary.generationConfig());
                write(target.workplace(), ModelFiles.CONFIG, config.toJson());
                write(target.workplace(), ModelFiles.PROVENANCE, provenance(file, report, target.workplace()));
                target.complete();
                return report;
            }
        } catch (IOException e) {
            throw new ModelFileException("cannot import " + gguf + " into " + directory + ": " + e, e);
        } catch (ArithmeticException e) { // a product of extents that no array holds
            throw new ModelFileException(
                    gguf + " has a tensor too large for one array; valid: matrices of up to 2^31 blocks", e);
        } catch (UncheckedIOException e) {
            throw new ModelFileException("cannot import " + gguf + " into " + directory + ": " + e.getCause(), e);
        }
    }

    private ImportReport writeModel(GgufFile file, DecoderConfig config, DecoderTensors tensors, Path place)
            throws IOException {
        Path dataFile = place.resolve(ModelFiles.WEIGHTS);
        try (FileChannel channel = FileChannel.open(dataFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18)) {
            Graph graph = new Graph(ModelFiles.WEIGHTS);
            double total = file.size();
            file.onRead(read -> progress.accept(0.9 * read / total));
            GraphWeights graphWeights = new GraphWeights(
                    file,
                    graph,
                    new WeightWriter(out),
                    weights,
                    new HashSet<>(List.of(tensors.embedding(), tensors.output().weight())));
            ModelProto model = new DecoderGraph(config, tensors, graph, graphWeights).build();
            Files.write(place.resolve(ModelFiles.MODEL), model.toByteArray());
            out.flush();
            channel.force(true);
            return graphWeights.report();
        }
    }

    private ObjectNode provenance(GgufFile file, ImportReport report, Path place) throws IOException {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", ModelFiles.FORMAT);
        root.put("weights", weights.name().toLowerCase(Locale.ROOT));
        if (window < Integer.MAX_VALUE) {
            root.put("window", window);
        }
        ObjectNode source = root.putObject("source")
                .put("file", gguf.getFileName().toString())
                .put("bytes", file.size())
                .put("sha256", file.sha256());
        if (file.parts().size() > 1) {
            ArrayNode parts = source.putArray("parts");
            for (GgufFile part : file.parts()) {
                parts.addObject()
                        .put("file", part.path().getFileName().toString())
                        .put("bytes", part.size())
                        .put("sha256", part.sha256());
            }
        }
        ObjectNode files = root.putObject("files");
        for (String name : new String[] {ModelFiles.MODEL, ModelFiles.WEIGHTS, ModelFiles.TOKENIZER}) {
            files.put(name, Files.size(place.resolve(name)));
        }
        ObjectNode tensors = root.putObject("tensors");
        report.counts().forEach(tensors::put);
        root.put("relative_error", report.relativeError());
        report.worst()
                .ifPresent(worst -> root.putObject("worst_tensor")
                        .put("name", worst.name())
                        .put("relative_error", worst.relativeError()));
        progress.accept(1);
        return root;
    }

    private static void write(Path place, String name, ObjectNode json) throws IOException {
        Files.write(place.resolve(name), JSON.writeValueAsBytes(json));
    }
}
