package io.github.tandem4j.onnx.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of an encoder: a directory as Hugging Face's tools write it, which is not trusted, or resources on the class
 * path, which are as trusted as the code there.
 */
final class EncoderFiles {
    private static final String CONFIG = "config.json";
    private static final String VALID = "a directory with model.onnx and tokenizer.json";
    private static final long LARGEST_JSON = 64L << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** These count positions from behind the padding token's id. */
    private static final Set<String> POSITIONS_AFTER_PADDING =
            Set.of("roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl");

    private final String name;
    private final @Nullable Path directory;
    private final String model;
    private final String tokenizer;
    private final ObjectNode config;

    private EncoderFiles(String name, @Nullable Path directory, String model, String tokenizer, ObjectNode config) {
        this.name = name;
        this.directory = directory;
        this.model = model;
        this.tokenizer = tokenizer;
        this.config = config;
    }

    /** A directory with {@code model.onnx}, there or under {@code onnx}, and {@code tokenizer.json}. */
    static EncoderFiles in(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ModelFileException(directory + (Files.exists(directory) ? " is no directory" : " does not exist")
                    + "; valid: " + VALID);
        }
        Path config = directory.resolve(CONFIG);
        boolean nested = !Files.exists(directory.resolve("model.onnx"))
                && Files.exists(directory.resolve("onnx").resolve("model.onnx"));
        return new EncoderFiles(
                directory.getFileName() + "",
                directory,
                nested ? "onnx/model.onnx" : "model.onnx",
                "tokenizer.json",
                Files.exists(config) ? read(config) : JSON.createObjectNode());
    }

    /**
     * Resources on the class path.
     *
     * @param dependency what to add where they are absent
     */
    static EncoderFiles onClassPath(String name, String model, String tokenizer, String dependency) {
        if (EncoderFiles.class.getResource("/" + model) == null) {
            throw new ConfigurationException(
                    name + " is not on the class path: there is no resource /" + model + "; add " + dependency);
        }
        return new EncoderFiles(name, null, model, tokenizer, JSON.createObjectNode());
    }

    /** {@return the model's name in errors and for users} */
    String name() {
        return name;
    }

    String modelName() {
        return nameOf(model);
    }

    String tokenizerName() {
        return nameOf(tokenizer);
    }

    String configName() {
        return nameOf(CONFIG);
    }

    /** {@return where the model lies; empty for resources} */
    Optional<Path> modelPath() {
        return Optional.ofNullable(directory).map(path -> path.resolve(model));
    }

    byte[] model() {
        return bytes(model, Integer.MAX_VALUE);
    }

    byte[] tokenizer() {
        return bytes(tokenizer, LARGEST_JSON);
    }

    /** {@return where the tokenizer lies; empty for resources} */
    Optional<Path> tokenizerPath() {
        return Optional.ofNullable(directory).map(path -> path.resolve(tokenizer));
    }

    /** {@return {@code config.json}; empty if there is none} */
    ObjectNode config() {
        return config;
    }

    /** {@return how many tokens the model has positions for, if it says so} */
    OptionalInt positions() {
        JsonNode positions = config.path("max_position_embeddings");
        if (positions.isMissingNode()) {
            return OptionalInt.empty();
        }
        int usable = positions.asInt(-1);
        if (POSITIONS_AFTER_PADDING.contains(config.path("model_type").asText())) {
            usable -= config.path("pad_token_id").asInt(1) + 1;
        }
        if (!positions.canConvertToInt() || usable < 8) {
            throw new ModelFileException(configName() + " has max_position_embeddings " + positions
                    + "; valid: an integer that leaves 8 tokens or more");
        }
        return OptionalInt.of(usable);
    }

    /** {@return another small file of the directory; empty if it is not there} */
    Optional<ObjectNode> beside(String file) {
        return Optional.ofNullable(directory)
                .map(path -> path.resolve(file))
                .filter(Files::exists)
                .map(EncoderFiles::read);
    }

    private String nameOf(String file) {
        return directory == null
                ? name + " (/" + file + ")"
                : directory.resolve(file).toString();
    }

    private byte[] bytes(String file, long most) {
        if (directory != null) {
            return ModelFiles.bytes(directory.resolve(file), most, VALID);
        }
        try (InputStream in = EncoderFiles.class.getResourceAsStream("/" + file)) {
            if (in == null) {
                throw new ConfigurationException(nameOf(file) + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ModelFileException(nameOf(file) + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static ObjectNode read(Path file) {
        return ModelFiles.json(file, LARGEST_JSON, VALID);
    }
}
