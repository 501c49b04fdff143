package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.exported.ExportedDirectory;
import io.github.tandem4j.onnx.exported.ExportedModel;
import io.github.tandem4j.onnx.files.JsonTrees;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory with a model, its small files read and its large ones checked: each there, whole, and referring to
 * nothing outside.
 *
 * @param model the file with the graph
 * @param window tokens that the model was trained to see at once
 * @param vocabulary how many tokens the model knows, padding included
 * @param turnEnds ids of the tokens that end a turn
 * @param tokenizerConfig special tokens and the chat template
 * @param fingerprint SHA-256, in hexadecimal digits, of what decides how a chat is read: the source of the weights, how
 *     they are kept, the window if it was limited, and the tokenizer's configuration with the template
 * @param exported the graph if it is not one of the import; null for an import's
 */
record ModelDirectory(
        Path path,
        Path model,
        int window,
        int vocabulary,
        Set<Integer> turnEnds,
        ObjectNode tokenizerConfig,
        String fingerprint,
        @Nullable ExportedModel exported) {
    private static final long LARGEST_JSON = 256L << 20;
    private static final String VALID =
            "all files that the GGUF import wrote, or a directory of Hugging Face with an ONNX decoder";

    /** @param variant of the graphs in a directory of Hugging Face; null for the usual one */
    static ModelDirectory open(Path path, @Nullable String variant) {
        if (!Files.isDirectory(path)) {
            throw new ModelFileException(path + (Files.exists(path) ? " is no directory" : " does not exist")
                    + "; valid: a directory made by the GGUF import, or one of Hugging Face with an ONNX decoder");
        }
        if (!isImport(path)) {
            return of(path, ExportedDirectory.open(path, variant));
        }
        if (variant != null) {
            throw new ModelFileException(path + " was made by the GGUF import and has no variant " + variant
                    + "; valid: none, or a directory of Hugging Face");
        }
        return openImport(path);
    }

    /** Whether the GGUF import wrote this directory. */
    static boolean isImport(Path path) {
        return Files.exists(path.resolve(ModelFiles.PROVENANCE));
    }

    private static ModelDirectory of(Path path, ExportedDirectory.Contents exported) {
        return new ModelDirectory(
                path,
                exported.model().file(),
                exported.window(),
                exported.vocabulary(),
                exported.turnEnds(),
                exported.tokenizerConfig(),
                exported.fingerprint(),
                exported.model());
    }

    private static ModelDirectory openImport(Path path) {
        Path provenanceFile = path.resolve(ModelFiles.PROVENANCE);
        JsonNode provenance = read(provenanceFile);
        if (provenance.path("format").asInt(-1) != ModelFiles.FORMAT) {
            throw new ModelFileException(provenanceFile + " has the format " + provenance.path("format") + "; valid: "
                    + ModelFiles.FORMAT + "; import the model again");
        }
        for (Map.Entry<String, JsonNode> file : provenance.path("files").properties()) {
            requireSize(path.resolve(file.getKey()), file.getValue().asLong(-1));
        }
        Path configFile = path.resolve(ModelFiles.CONFIG);
        JsonNode config = read(configFile);
        int vocabulary = positive(configFile, config, "vocab_size");
        Path generationFile = path.resolve(ModelFiles.GENERATION_CONFIG);
        Set<Integer> ends = new TreeSet<>();
        ModelFiles.addTurnEnds(generationFile, read(generationFile).path("eos_token_id"), vocabulary, ends);
        ObjectNode tokenizerConfig = read(path.resolve(ModelFiles.TOKENIZER_CONFIG));
        return new ModelDirectory(
                path,
                path.resolve(ModelFiles.MODEL),
                positive(configFile, config, "max_position_embeddings"),
                vocabulary,
                ends,
                tokenizerConfig,
                Sha256.hex(
                        provenance.at("/source/sha256").asText(),
                        provenance.path("weights").asText()
                                + provenance.path("window").asText(),
                        JsonTrees.text(tokenizerConfig)),
                null);
    }

    Path tokenizer() {
        return path.resolve(ModelFiles.TOKENIZER);
    }

    Optional<String> chatTemplate() {
        return Optional.of(tokenizerConfig.path("chat_template"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText);
    }

    /** The text of a special token by its name, such as {@code bos_token}. */
    Optional<String> specialToken(String name) {
        return Optional.of(tokenizerConfig.path(name))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText);
    }

    /** Whether a bare text begins with the token that begins texts. */
    boolean beginsTexts() {
        return tokenizerConfig.path("add_bos_token").asBoolean(false);
    }

    static ObjectNode read(Path file) {
        return ModelFiles.json(file, LARGEST_JSON, VALID);
    }

    private static void requireSize(Path file, long expected) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFileException(file + " is missing; import the model again");
            }
            if (Files.size(file) != expected) {
                throw new ModelFileException(file + " has " + Files.size(file) + " bytes; valid: the " + expected
                        + " that the import wrote; import the model again");
            }
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static int positive(Path file, JsonNode config, String key) {
        OptionalInt value = config.path(key).canConvertToInt()
                ? OptionalInt.of(config.path(key).asInt())
                : OptionalInt.empty();
        if (value.isEmpty() || value.getAsInt() < 1) {
            throw new ModelFileException(file + " has " + key + " " + config.path(key) + "; valid: a positive integer");
        }
        return value.getAsInt();
    }
}
