package io.github.tandem4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.router.certificates.Certificate;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertifyTest {

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path outcomes = Path.of("");

    @BeforeEach
    void record() {
        SplittableRandom random = new SplittableRandom(8);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            double sure = random.nextDouble();
            boolean right = random.nextDouble() < 0.4 + 0.6 * Math.sqrt(sure);
            RecordedOutcome outcome = RecordedOutcome.scored(right ? 1 : 0);
            queries.add(RecordedQuery.of("q" + i, "Question " + i)
                    .outcome("small", i == 0 ? outcome : outcome.confidence(sure))
                    .outcome("mute", outcome));
        }
        outcomes = folder.resolve("outcomes.jsonl.gz");
        RecordedOutcomes.of(queries).write(outcomes);
    }

    private int run(String... options) {
        List<String> args = new ArrayList<>(List.of("certify", "--outcomes", outcomes.toString()));
        args.addAll(List.of(options));
        out.reset();
        err.reset();
        return Tandem.run(
                new Surroundings(
                        Map.of(),
                        InputStream.nullInputStream(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                args.toArray(String[]::new));
    }

    private JsonNode json() throws IOException {
        return new JsonMapper().readTree(out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void putsThePromiseToTheTest() throws IOException {
        assertThat(run(
                        "--model",
                        "small",
                        "--alpha",
                        "0.15",
                        "--delta",
                        "0.1",
                        "--splits",
                        "200",
                        "--seed",
                        "5",
                        "--json"))
                .isZero();
        JsonNode result = json();
        assertThat(result.get("splits").intValue()).isEqualTo(200);
        assertThat(result.get("seed").intValue()).isEqualTo(5);
        assertThat(result.get("certified").intValue()).isBetween(1, 200);
        assertThat(result.get("violations").intValue()).isBetween(0, 32);
        assertThat(result.get("naive_violations").intValue())
                .isGreaterThan(result.get("violations").intValue());
        assertThat(result.get("mean_local_share").doubleValue())
                .isBetween(0.01, result.get("oracle_local_share").doubleValue());
        assertThat(result.get("mean_local_error").doubleValue()).isBetween(0.01, 0.15);
        assertThat(result.get("mean_local_share_se").doubleValue()).isPositive();
        assertThat(result.get("deferred_at_every_threshold").intValue()).isEqualTo(1);
        String first = out.toString(StandardCharsets.UTF_8);
        run("--model", "small", "--alpha", "0.15", "--delta", "0.1", "--splits", "200", "--seed", "5", "--json");
        assertThat(out.toString(StandardCharsets.UTF_8)).as("the same seed").isEqualTo(first);
    }

    @Test
    void aMeanOfNothingIsNull() throws IOException {
        assertThat(run("--model", "small", "--alpha", "0.001", "--splits", "20", "--json"))
                .isZero();
        assertThat(json().get("certified").intValue()).isZero();
        assertThat(json().get("mean_local_error").isNull()).isTrue();
        assertThat(json().get("mean_local_error_se").isNull()).isTrue();
        assertThat(json().get("mean_local_share").doubleValue()).isZero();
    }

    @Test
    void writesACertificateThatCanBeRead() throws IOException {
        Path file = folder.resolve("certificate.json");
        assertThat(run("--model", "small", "--alpha", "0.2", "--out", file.toString(), "--json"))
                .isZero();
        assertThat(json().get("certified").booleanValue()).isTrue();
        assertThat(Certificate.load(file).threshold())
                .isEqualTo(json().get("threshold").doubleValue());
        assertThat(run("--model", "small", "--alpha", "0.2")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("at most 20.00 % of the kept answers of small are wrong", "1 outcomes have no confidence");
    }

    @Test
    void aRefusalIsNoSuccess() throws IOException {
        assertThat(run("--model", "small", "--alpha", "0.01", "--json")).isEqualTo(ExitCode.REJECTED.number());
        assertThat(json().get("certified").booleanValue()).isFalse();
        assertThat(json().get("least_deferred").doubleValue()).isBetween(0.1, 0.3);
        assertThat(json().get("why").textValue()).contains("calibration rows do not show");
    }

    @Test
    void saysWhatIsWrong() {
        assertThat(run("--model", "mute", "--alpha", "0.1")).isEqualTo(ExitCode.CONFIGURATION.number());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("none of the 400 outcomes of mute has a confidence");
        assertThat(run("--model", "other", "--alpha", "0.1")).isEqualTo(ExitCode.CONFIGURATION.number());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no query has an outcome of other");
        assertThat(run("--model", "small", "--alpha", "1")).isEqualTo(ExitCode.USAGE.number());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("alpha");
        assertThat(run("--model", "small", "--alpha", "0.1", "--delta", "0")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("--model", "small", "--alpha", "0.1", "--splits", "0")).isEqualTo(ExitCode.USAGE.number());
        assertThat(run("--model", "small")).isEqualTo(ExitCode.USAGE.number());
        RecordedOutcomes.of(RecordedOutcomes.read(outcomes).queries().subList(0, 29))
                .write(outcomes);
        assertThat(run("--model", "small", "--alpha", "0.1")).isEqualTo(ExitCode.CONFIGURATION.number());
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there are 29 calibration rows; valid is 30 or more");
    }
}
