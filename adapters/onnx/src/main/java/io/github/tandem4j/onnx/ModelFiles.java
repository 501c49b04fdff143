package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a model's directory: their names, and how the small ones are read. Nothing in them is trusted. */
public final class ModelFiles {
    /** The version of the directory's layout; another one is refused. */
    static final int FORMAT = 3;

    static final String CONFIG = "config.json";
    static final String GENERATION_CONFIG = "generation_config.json";
    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    static final String MODEL = "model.onnx";
    static final String WEIGHTS = "model.onnx.data";
    static final String PROVENANCE = "provenance.json";

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
}
