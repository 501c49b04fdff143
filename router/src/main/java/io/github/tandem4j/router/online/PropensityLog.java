package io.github.tandem4j.router.online;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A log of decisions with their propensities, and of rewards as they come, for {@linkplain OffPolicy off-policy estimates}:
 * JSON Lines, each flushed.
 *
 * <pre>{@code
 * {"v":1,"id":"order-4711","tenant":"acme","arms":["small","large"],"propensities":[0.91,0.09],"chosen":0,"features":[0.1,…]}
 * {"v":1,"id":"order-4711","reward":0.93}
 * }</pre>
 *
 * <p>It holds no prompt, but features may say much of one. Thread-safe; whoever opens it closes it.
 */
public final class PropensityLog implements Closeable {

    private static final int VERSION = 1;
    private static final int LONGEST_LINE = 1 << 20;
    private static final int MOST_DECISIONS = 5_000_000;
    private static final JsonMapper JSON = new JsonMapper();

    private final Path path;
    private final Writer writer;

    private PropensityLog(Path path, Writer writer) {
        this.path = path;
        this.writer = writer;
    }

    /** Opens a log at its end; it is made if it is not there. A last line that was cut, by a crash for one, is taken out. */
    public static PropensityLog appendTo(Path path) throws IOException {
        cutAfterLastLine(path);
        return new PropensityLog(
                path, Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    private static void cutAfterLastLine(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (SeekableByteChannel file = Files.newByteChannel(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = file.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            for (; end > 0; end--) {
                last.clear();
                file.position(end - 1).read(last);
                if (last.get(0) == '\n') {
                    break;
                }
            }
            if (end < file.size()) {
                file.truncate(end);
            }
        }
    }

    void decided(LoggedDecision decision) {
        ObjectNode line = JSON.createObjectNode().put("v", VERSION).put("id", decision.id());
        if (!decision.tenant().isEmpty()) {
            line.put("tenant", decision.tenant());
        }
        ArrayNode arms = line.putArray("arms");
        decision.arms().forEach(arms::add);
        ArrayNode propensities = line.putArray("propensities");
        decision.propensities().forEach(propensities::add);
        line.put("chosen", decision.chosen());
        ArrayNode features = line.putArray("features");
        decision.features().forEach(features::add);
        append(line);
    }

    void rewarded(String id, double reward) {
        append(JSON.createObjectNode().put("v", VERSION).put("id", id).put("reward", reward));
    }

    private void append(ObjectNode line) {
        synchronized (writer) {
            try {
                writer.write(line + "\n");
                writer.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("log " + path + " could not be written: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (writer) {
            writer.close();
        }
    }

    /**
     * Reads the decisions of a log, each with its reward if there is one; of several rewards of an id the first counts.
     *
     * @throws ModelFileException if a line is not of this format, or a decision's id stands twice
     */
    public static List<LoggedDecision> read(Path path) throws IOException {
        Map<String, LoggedDecision> decisions = new LinkedHashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(path)) {
            int number = 0;
            for (String line = next(lines, path, 1); line != null; line = next(lines, path, number + 1)) {
                number++;
                try {
                    read(JSON.readTree(line), decisions);
                } catch (JsonProcessingException e) {
                    throw new ModelFileException(
                            path + ", line " + number + " is no JSON: " + e.getOriginalMessage(), e);
                } catch (IllegalArgumentException e) {
                    throw new ModelFileException(path + ", line " + number + ": " + e.getMessage(), e);
                }
                if (decisions.size() > MOST_DECISIONS) {
                    throw new ModelFileException(path + " has over " + MOST_DECISIONS + " decisions; valid is so many");
                }
            }
        }
        return new ArrayList<>(decisions.values());
    }

    private static void read(JsonNode line, Map<String, LoggedDecision> decisions) {
        if (line.path("v").asInt() != VERSION) {
            throw new IllegalArgumentException("v is " + line.path("v") + "; valid is " + VERSION);
        }
        String id = line.path("id").asText();
        if (line.has("reward")) {
            // The reward of a decision that stands in an earlier log says nothing here.
            decisions.computeIfPresent(
                    id,
                    (any, decision) -> decision.reward().isPresent()
                            ? decision
                            : decision.rewarded(line.path("reward").asDouble(Double.NaN)));
            return;
        }
        List<String> arms = new ArrayList<>();
        line.path("arms").forEach(arm -> arms.add(arm.asText()));
        LoggedDecision decision = new LoggedDecision(
                id,
                line.path("tenant").asText(""),
                arms,
                numbers(line.path("propensities")),
                line.path("chosen").asInt(-1),
                numbers(line.path("features")),
                OptionalDouble.empty());
        if (decisions.put(id, decision) != null) {
            throw new IllegalArgumentException("decision " + id + " stands twice; valid is once");
        }
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number.isNumber() ? number.asDouble() : Double.NaN));
        return numbers;
    }

    private static @Nullable String next(BufferedReader lines, Path path, int number) throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        while ((c = lines.read()) >= 0 && c != '\n') {
            if (line.length() == LONGEST_LINE) {
                throw new ModelFileException(path + ", line " + number + " is longer than " + LONGEST_LINE
                        + " characters; valid is up to that");
            }
            line.append((char) c);
        }
        return c < 0 && line.isEmpty() ? null : line.toString();
    }
}
