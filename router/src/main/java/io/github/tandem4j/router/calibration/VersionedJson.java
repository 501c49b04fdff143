package io.github.tandem4j.router.calibration;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Files of one JSON object that say what they are: {@code format} and {@code version} come first. A file of another format
 * or version is refused, and so is one past 16 MB.
 */
public final class VersionedJson {

    private static final int MOST_BYTES = 16 << 20;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxDocumentLength(MOST_BYTES)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private VersionedJson() {}

    /**
     * Writes the file anew: beside it first, and moved into place when it is whole.
     *
     * @throws ConfigurationException if it cannot be written
     */
    public static void write(Path file, String format, int version, ObjectNode content) {
        ObjectNode whole = JsonNodeFactory.instance.objectNode();
        whole.put("format", format).put("version", version).setAll(content);
        WholeFile.write(file, whole.toPrettyString() + "\n");
    }

    /**
     * Reads a file that {@link #write} wrote.
     *
     * @throws ModelFileException if it cannot be read, is too large, is no JSON object, or is of another format or version
     */
    public static ObjectNode read(Path file, String format, int version) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new ModelFileException("there is no file " + file, e);
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read: " + e, e);
        }
        if (bytes.length > MOST_BYTES) {
            throw new ModelFileException(file + " has more than " + MOST_BYTES + " bytes, which no " + format + " has");
        }
        JsonNode json;
        try {
            json = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new ModelFileException(file + " is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFileException(file + " is no JSON: " + e, e);
        }
        if (!(json instanceof ObjectNode object)) {
            throw new ModelFileException(file + " is no JSON object; valid is a " + format);
        }
        JsonFields fields = new JsonFields(object, file.toString());
        if (!fields.optionalText("format").orElse("").equals(format)) {
            throw new ModelFileException(
                    file + " is of format " + object.path("format").asText("(none)") + "; valid is " + format);
        }
        if (fields.count("version") != version) {
            throw new ModelFileException(file + " is a " + format + " of version " + fields.count("version")
                    + "; this library reads version " + version + ". Make it anew");
        }
        return object;
    }
}
