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
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A log of decisions with their propensities, and of rewards as they come, for {@linkplain OffPolicy off-policy estimates}:
 * JSON Lines, each flushed.
 *
 * <pre>{@code
 * {"v":2,"id":"order-4711","tenant":"acme","arms":["small","large"],"propensities":[0.91,0.09],"chosen":0,"features":[0.1,…]}
 * {"v":2,"id":"order-4711","tenant":"acme","reward":0.93,"answered":"small"}
 * }</pre>
 *
 * <p>A decision that need not have decided who answers has {@code "binding":false}. It holds no prompt, but features may say
 * much of one. A line that could not be written whole is taken out again. Thread-safe; whoever opens it closes it.
 */
public final class PropensityLog implements Closeable {

    private static final int VERSION = 2;
    private static final int LONGEST_LINE = 1 << 20;
    private static final int MOST_DECISIONS = 5_000_000;
    private static final String BEGINNING = "{\"v\":" + VERSION + ",";
    private static final JsonMapper JSON = new JsonMapper();

    private final Path path;
    private final RandomAccessFile file; // a channel would be closed for all by the interrupt of one who writes
    private long tornFrom = -1;
    private boolean closed;

    private PropensityLog(Path path, RandomAccessFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Opens a log at its end; it is made if it is not there. A last line that was cut, by a crash for one, is taken out.
     *
     * @throws ModelFileException if its first line is not of this format
     */
    public static PropensityLog appendTo(Path path) throws IOException {
        requireVersion(path);
        cutAfterLastLine(path);
        return new PropensityLog(path, new RandomAccessFile(path.toFile(), "rw"));
    }

    /** What is appended to a log of another format could be read by nobody. */
    private static void requireVersion(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(path)) {
            String first = next(lines, path, 1);
            boolean isCut = first != null && (first.startsWith(BEGINNING) || BEGINNING.startsWith(first));
            if (first != null && !isCut && JSON.readTree(first).path("v").asInt() != VERSION) {
                throw new ModelFileException(path + ", line 1 is not of version " + VERSION
                        + "; valid is a log of that version, or no file");
            }
        } catch (JsonProcessingException e) {
            throw new ModelFileException(path + ", line 1 is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static void cutAfterLastLine(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (SeekableByteChannel file = Files.newByteChannel(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = file.size();
            long least = end - 4L * LONGEST_LINE; // of bytes
            ByteBuffer last = ByteBuffer.allocate(1);
            for (; end > 0; end--) {
                if (end < least) {
                    throw new ModelFileException(
                            path + " ends in a line of more than " + LONGEST_LINE + " characters; valid is up to that");
                }
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
        if (!decision.binding()) {
            line.put("binding", false);
        }
        append(line);
    }

    void rewarded(Pending.Key key, double reward, String answeredBy) {
        ObjectNode line = JSON.createObjectNode().put("v", VERSION).put("id", key.id());
        if (!key.tenant().isEmpty()) {
            line.put("tenant", key.tenant());
        }
        append(line.put("reward", reward).put("answered", answeredBy));
    }

    private void append(ObjectNode line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (file) {
            try {
                takeOutTorn();
                long end = file.length();
                tornFrom = end;
                file.seek(end);
                file.write(bytes);
                tornFrom = -1;
            } catch (IOException e) {
                throw new UncheckedIOException("log " + path + " could not be written: " + e, e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (file) {
            try (file) {
                takeOutTorn();
            } finally {
                closed = true;
            }
        }
    }

    /** Takes out what an append before this one could write of its line. */
    private void takeOutTorn() throws IOException {
        if (tornFrom >= 0 && !closed) {
            file.setLength(tornFrom);
            tornFrom = -1;
        }
    }

    /**
     * Reads the decisions of a log, each with its reward if there is one; of several rewards of a tenant's id the first counts.
     * An id that stands twice was used for another decision once the first was forgotten: the first one stays, and of rewards
     * that come after the second none counts, since they may be of either.
     *
     * @throws ModelFileException if a line is not of this format
     */
    public static List<LoggedDecision> read(Path path) throws IOException {
        Map<Pending.Key, LoggedDecision> decisions = new LinkedHashMap<>();
        Set<Pending.Key> repeated = new HashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(path)) {
            int number = 0;
            for (String line = next(lines, path, 1); line != null; line = next(lines, path, number + 1)) {
                number++;
                try {
                    read(JSON.readTree(line), decisions, repeated);
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

    private static void read(JsonNode line, Map<Pending.Key, LoggedDecision> decisions, Set<Pending.Key> repeated) {
        if (line.path("v").asInt() != VERSION) {
            throw new IllegalArgumentException("v is " + line.path("v") + "; valid is " + VERSION);
        }
        Pending.Key key =
                new Pending.Key(line.path("tenant").asText(""), line.path("id").asText());
        if (line.has("reward")) {
            // The reward of a decision that stands in an earlier log says nothing here.
            decisions.computeIfPresent(
                    key,
                    (any, decision) -> decision.reward().isPresent() || repeated.contains(key)
                            ? decision
                            : decision.rewarded(
                                    line.path("reward").asDouble(Double.NaN),
                                    line.path("answered").asText("")));
            return;
        }
        List<String> arms = new ArrayList<>();
        line.path("arms").forEach(arm -> arms.add(arm.asText()));
        LoggedDecision decision = new LoggedDecision(
                key.id(),
                key.tenant(),
                arms,
                numbers(line.path("propensities")),
                line.path("chosen").asInt(-1),
                numbers(line.path("features")),
                OptionalDouble.empty(),
                "",
                line.path("binding").asBoolean(true));
        if (decisions.putIfAbsent(key, decision) != null) {
            repeated.add(key);
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
