package io.github.tandem4j.onnx.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.Checksum;

/** The files of a model's directory: their names, and how the small ones are read. Nothing in them is trusted. */
public final class ModelFiles {
    /** The version of the directory's layout; another one is refused. */
    public static final int FORMAT = 3;

    /** What the model is: its sizes. */
    public static final String CONFIG = "config.json";

    /** Which tokens end a turn. */
    public static final String GENERATION_CONFIG = "generation_config.json";

    /** The vocabulary, and how texts become its tokens. */
    public static final String TOKENIZER = "tokenizer.json";

    /** Special tokens and the chat template. */
    public static final String TOKENIZER_CONFIG = "tokenizer_config.json";

    /** The graph. */
    public static final String MODEL = "model.onnx";

    /** The weights of the graph that an import wrote. */
    public static final String WEIGHTS = "model.onnx.data";

    /** Where an import comes from, and the sizes of its files. */
    public static final String PROVENANCE = "provenance.json";

    private static final int CHUNK = 1 << 20;

    private ModelFiles() {}

    /**
     * Reads a file that is not large.
     *
     * @param file the file
     * @param most bytes that it may have
     * @param valid what a valid directory has, for the exception
     * @return its bytes
     * @throws ModelFileException if it is missing, larger, or cannot be read
     */
    public static byte[] bytes(Path file, long most, String valid) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFileException(file + " is missing; valid: " + valid);
            }
            if (Files.size(file) > most) {
                throw new ModelFileException(file + " has " + Files.size(file) + " bytes; valid: at most " + most);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Reads a JSON object.
     *
     * @param file the file
     * @param most bytes that it may have
     * @param valid what a valid directory has, for the exception
     * @return the object
     * @throws ModelFileException if the file is missing, larger, cannot be read, or holds none
     */
    public static ObjectNode json(Path file, long most, String valid) {
        try {
            if (JsonTrees.read(bytes(file, most, valid)) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read as JSON: " + e.getMessage(), e);
        }
        throw new ModelFileException(file + " holds no JSON object; valid: " + valid);
    }

    /**
     * Reads a file of any size for its checksum.
     *
     * @param file the file
     * @param checksum of nothing yet, such as a new {@link java.util.zip.CRC32C}
     * @return its checksum
     * @throws IOException if it cannot be read
     */
    public static long checksum(Path file, Checksum checksum) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
            while (channel.read(buffer) >= 0) {
                checksum.update(buffer.flip());
                buffer.clear();
            }
        }
        return checksum.getValue();
    }

    /**
     * Adds the ids of tokens that end a turn: one, or those of a list.
     *
     * @param file where they stand, for the exception
     * @param value what stands there
     * @param vocabulary how many tokens the model knows
     * @param ends where to add them
     * @throws ModelFileException if one is none of the vocabulary's
     */
    public static void addTurnEnds(Path file, JsonNode value, int vocabulary, Set<Integer> ends) {
        List<JsonNode> ids = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(ids::add);
        } else if (!value.isMissingNode() && !value.isNull()) {
            ids.add(value);
        }
        for (JsonNode id : ids) {
            if (!id.canConvertToInt() || id.asInt() < 0 || id.asInt() >= vocabulary) {
                throw new ModelFileException(
                        file + " has the eos_token_id " + value + "; valid: ids of 0 to " + (vocabulary - 1));
            }
            ends.add(id.asInt());
        }
    }
}
