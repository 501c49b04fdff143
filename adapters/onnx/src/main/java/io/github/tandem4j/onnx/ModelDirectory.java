package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * A directory with a model, its small files read and its large ones checked: each there, whole, and referring to
 * nothing outside.
 *
 * @param window tokens that the model was trained to see at once
 * @param vocabulary how many tokens the model knows, padding included
 * @param turnEnds ids of the tokens that end a turn
 * @param tokenizerConfig special tokens and the chat template
 * @param fingerprint SHA-256, in hexadecimal digits, of what decides how a chat is read: the source of the weights, how
 *     they are kept, the window if it was limited, and the tokenizer's configuration with the template
 */
record ModelDirectory(
        Path path, int window, int vocabulary, Set<Integer> turnEnds, ObjectNode tokenizerConfig, String fingerprint) {
    /** Ids that a vocabulary may have beyond its tokenizer's, to make its size a round number. */
    static final int MOST_PADDING = 1024;

    private static final long LARGEST_JSON = 256L << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    static ModelDirectory open(Path path) {
        if (!Files.isDirectory(path)) {
            throw new ModelFileException(path + (Files.exists(path) ? " is no directory" : " does not exist")
                    + "; valid: a directory made by the GGUF import");
        }
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
        Set<Integer> ends = new TreeSet<>();
        read(path.resolve(ModelFiles.GENERATION_CONFIG)).path("eos_token_id").forEach(id -> ends.add(id.asInt()));
        ObjectNode tokenizerConfig = read(path.resolve(ModelFiles.TOKENIZER_CONFIG));
        return new ModelDirectory(
                path,
                positive(configFile, config, "max_position_embeddings"),
                positive(configFile, config, "vocab_size"),
                ends,
                tokenizerConfig,
                Sha256.hex(
                        provenance.at("/source/sha256").asText(),
                        provenance.path("weights").asText()
                                + provenance.path("window").asText(),
                        tokenizerConfig.toString()));
    }

    Path model() {
        return path.resolve(ModelFiles.MODEL);
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
        try {
            if (JSON.readTree(bytes(file)) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read as JSON: " + e.getMessage(), e);
        }
        throw new ModelFileException(file + " holds no JSON object; valid: what the GGUF import wrote");
    }

    static byte[] bytes(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFileException(file + " is missing; valid: all files that the GGUF import wrote");
            }
            if (Files.size(file) > LARGEST_JSON) {
                throw new ModelFileException(
                        file + " has " + Files.size(file) + " bytes; valid: at most " + LARGEST_JSON);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read: " + e.getMessage(), e);
        }
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

    private static int positive(Path file, JsonNode config, String key) {
        OptionalInt value = config.path(key).canConvertToInt()
                ? OptionalInt.of(config.path(key).asInt())
                : OptionalInt.empty();
        if (value.isEmpty() || value.getAsInt() < 1) {
            throw new ModelFileException(file + " has " + key + " " + config.path(key) + "; valid: a positive integer");
        }
        return value.getAsInt();
    }
}
