package io.github.tandem4j.router.cascades;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads and writes what was learned, as JSON of a bounded size in which every field must be there. */
final class JsonFile {

    private static final int MOST_BYTES = 4 << 20;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private JsonFile() {}

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }

    static <T> T read(Path path, Class<T> type, String what) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ConfigurationException(
                        path + " has more than " + MOST_BYTES + " bytes; valid is a " + what + " of up to that many");
            }
            T read = JSON.readValue(bytes, type);
            if (read == null) {
                throw new ConfigurationException(path + " is no " + what + ": it says null");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(path + " is no " + what + " that this version reads: " + complaint(e), e);
        } catch (IOException e) {
            throw new ConfigurationException(path + " cannot be read: " + e, e);
        }
    }

    /** {@return what was found wrong: by the type that was read if it said so, else by the parser} */
    private static @Nullable String complaint(JsonProcessingException failure) {
        Throwable cause = failure.getCause();
        return cause instanceof IllegalArgumentException || cause instanceof NullPointerException
                ? cause.getMessage()
                : failure.getOriginalMessage();
    }

    static void write(Path path, Object what) {
        WholeFile.write(
                path, out -> out.write((JSON.writeValueAsString(what) + "\n").getBytes(StandardCharsets.UTF_8)));
    }
}
