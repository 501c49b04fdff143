package io.github.tandem4j.router;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * A file of what a router has learned: a JSON object that begins with what it is and its version, {@code
 * {"tandem":"semantic-routes","version":1,…}}. Whoever reads it names both, and every refusal is a {@link
 * ModelFileException} that names the file, what was found and what would be valid. Arrays of numbers are Base64 of
 * little-endian IEEE 754.
 */
public final class VersionedFile {

    private static final long MOST_BYTES = 512L << 20;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(256 << 20)
                            .maxNestingDepth(32)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    private final Path path;
    private final JsonNode content;

    private VersionedFile(Path path, JsonNode content) {
        this.path = path;
        this.content = content;
    }

    /** {@return an object to be filled and {@linkplain #write written}} */
    public static ObjectNode begin(String kind, int version) {
        return JSON.createObjectNode().put("tandem", kind).put("version", version);
    }

    /**
     * Writes it beside the file, and then moves it there at once.
     *
     * @throws IOException if that fails; the file is then as it was
     * @throws ModelFileException if it takes more than the 512 MiB that could be read again; the file is then as it was
     */
    public static void write(Path path, ObjectNode content) throws IOException {
        write(path, content, MOST_BYTES);
    }

    static void write(Path path, ObjectNode content, long most) throws IOException {
        try {
            WholeFile.replace(path, out -> JSON.writeValue(new BoundedOutput(out, most, path), content));
        } catch (BoundedOutput.TooLarge e) {
            throw new ModelFileException("" + e.getMessage(), e);
        }
    }

    /**
     * Reads a file of this kind and version, of 512 MiB at most.
     *
     * @throws IOException if it cannot be read
     * @throws ModelFileException if it is not such a file
     */
    public static VersionedFile read(Path path, String kind, int version) throws IOException {
        long bytes = Files.size(path);
        if (bytes > MOST_BYTES) {
            throw new ModelFileException(path + " has " + bytes + " bytes; valid is up to " + MOST_BYTES);
        }
        VersionedFile file;
        try {
            JsonNode tree = JSON.readTree(path.toFile());
            file = new VersionedFile(path, tree == null ? JSON.createObjectNode() : tree);
        } catch (JsonProcessingException e) {
            throw new ModelFileException(path + " is no JSON: " + e.getOriginalMessage(), e);
        }
        file.require("tandem", kind);
        if (file.at("version").asInt(-1) != version) {
            throw file.refused("version", file.at("version").toString(), "" + version);
        }
        return file;
    }

    /** {@return the whole object} */
    public JsonNode content() {
        return content;
    }

    /** Refuses a file whose field is not this text, such as one that was made with another encoder. */
    public void require(String field, String valid) {
        String found = at(field).asText("");
        if (!found.equals(valid)) {
            throw refused(
                    field, "'" + (found.length() > 80 ? found.substring(0, 80) + "…" : found) + "'", "'" + valid + "'");
        }
    }

    /** Refuses a file whose vectors are of another dimension. */
    public void requireDimension(int valid) {
        if (at("dimension").asInt(-1) != valid) {
            throw refused("dimension", at("dimension").toString(), valid + ", the encoder's");
        }
    }

    /** {@return the exception for a field, to be thrown} */
    public ModelFileException refused(String field, String found, String valid) {
        return new ModelFileException(path + ": " + field + " is " + found + "; valid is " + valid);
    }

    /** {@return this field as a number that is finite and within these bounds} */
    public double number(JsonNode within, String field, double least, double most) {
        JsonNode node = within.path(field);
        double value = node.isNumber() ? node.asDouble() : Double.NaN;
        if (!(value >= least && value <= most)) {
            throw refused(field, shown(node), "a number from " + least + " to " + most);
        }
        return value;
    }

    /** {@return this field as a text of 1 to 1,024 characters} */
    public String text(JsonNode within, String field) {
        String text = within.path(field).asText("");
        if (text.isBlank() || text.length() > 1_024) {
            throw refused(field, shown(within.path(field)), "a text of 1 to 1,024 characters");
        }
        return text;
    }

    /** {@return a vector of this dimension, of finite numbers} */
    public float[] vector(JsonNode node, int dimension) {
        ByteBuffer bytes = bytes(node, "vector", Math.multiplyExact(dimension, Float.BYTES));
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = bytes.getFloat();
            if (!Float.isFinite(vector[i])) {
                throw refused("vector", "" + vector[i] + " at " + i, "finite numbers");
            }
        }
        return vector;
    }

    /** {@return so many finite numbers of this field} */
    public double[] numbers(JsonNode within, String field, int count) {
        ByteBuffer bytes = bytes(within.path(field), field, Math.multiplyExact(count, Double.BYTES));
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = bytes.getDouble();
            if (!Double.isFinite(numbers[i])) {
                throw refused(field, numbers[i] + " at " + i, "finite numbers");
            }
        }
        return numbers;
    }

    /** {@return numbers as {@link #vector} reads them} */
    public static String encode(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : vector) {
            bytes.putFloat(number);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** {@return numbers as {@link #numbers} reads them} */
    public static String encode(double[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (double number : numbers) {
            bytes.putDouble(number);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private ByteBuffer bytes(JsonNode node, String field, int count) {
        byte[] decoded;
        try {
            decoded = Base64.getDecoder().decode(node.asText(""));
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(path + ": " + field + " is no Base64: " + e.getMessage(), e);
        }
        if (decoded.length != count) {
            throw refused(field, decoded.length + " bytes", count + " bytes");
        }
        return ByteBuffer.wrap(decoded).order(ByteOrder.LITTLE_ENDIAN);
    }

    private JsonNode at(String field) {
        return content.path(field);
    }

    private static String shown(JsonNode node) {
        String text = node.isMissingNode() ? "missing" : node.toString();
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
