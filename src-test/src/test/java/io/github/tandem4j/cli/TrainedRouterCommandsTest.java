package io.github.tandem4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainedRouterCommandsTest {

    @TempDir
    private Path directory;

    private Path outcomes = Path.of("");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void writesOutcomes() {
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            boolean hard = i % 2 == 0;
            queries.add(RecordedQuery.of("q" + i, hard ? "Prove theorem " + i + " of rings" : "Name river " + i)
                    .outcome("small", RecordedOutcome.scored(hard ? 0 : 1))
                    .outcome("large", RecordedOutcome.scored(i % 9 == 0 ? 0 : 1)));
        }
        outcomes = directory.resolve("outcomes.jsonl");
        RecordedOutcomes.of(queries).write(outcomes);
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Tandem.run(
                new Surroundings(
                        Map.of(),
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                arguments);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void trainsARouterAndExplainsItsDecision() throws IOException {
        String file = directory.resolve("router.json").toString();

        assertThat(run(
                        "train",
                        "--outcomes",
                        outcomes.toString(),
                        "--weak",
                        "small",
                        "--strong",
                        "large",
                        "--router",
                        "ngrams",
                        "--out",
                        file,
                        "--json"))
                .as(err.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(json().path("n").asInt()).isEqualTo(200);
        assertThat(json().path("cross_validated").path("apgr").asDouble()).isGreaterThan(0.65);

        assertThat(run("route", "--router", file, "Prove theorem 77 of rings", "--json"))
                .isZero();
        assertThat(json().path("model").asText()).isEqualTo("large");
        assertThat(json().path("why").asText()).contains("expected gain");
        assertThat(run("route", "--router", file, "Name river 78")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("small: expected gain");
    }

    @Test
    void refusesWhatItCannotTrainOrLoad() throws IOException {
        String file = directory.resolve("router.json").toString();

        assertThat(run("train", "--outcomes", outcomes.toString(), "--out", file))
                .isEqualTo(2);
        assertThat(run(
                        "train",
                        "--outcomes",
                        outcomes.toString(),
                        "--weak",
                        "small",
                        "--strong",
                        "nobody",
                        "--router",
                        "length",
                        "--out",
                        file))
                .isEqualTo(3);
        assertThat(run(
                        "train",
                        "--outcomes",
                        outcomes.toString(),
                        "--models",
                        "all",
                        "--router",
                        "magic",
                        "--out",
                        file))
                .isEqualTo(2);
        Files.writeString(Path.of(file), "{\"format\":");
        assertThat(run("route", "--router", file, "Hello")).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("router.json");
    }

    @Test
    void showsPricesAsATableThatCanBeReadAgain() throws IOException {
        assertThat(run("prices", "--json")).isZero();
        Path table = directory.resolve("prices.json");
        Files.writeString(table, out.toString(StandardCharsets.UTF_8));
        JsonNode shipped = json();

        assertThat(run("prices", "--file", table.toString(), "--json")).isZero();
        assertThat(json()).isEqualTo(shipped);
        assertThat(run("prices")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("USD per million tokens", "As of");
    }
}
