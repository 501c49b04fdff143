package io.github.tandem4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tandem replay} as a script meets it. */
final class ReplayCommandTest {

    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder;

    private Path test = Path.of("");
    private Path train = Path.of("");

    private record Ended(int code, String out, String err) {}

    @BeforeEach
    void record() {
        test = folder.resolve("test.jsonl.gz");
        train = folder.resolve("train.jsonl");
        data("a", 300, 1).write(test);
        data("b", 300, 2).write(train);
    }

    /** Long prompts are hard for the small model. */
    private static RecordedOutcomes data(String name, int n, long seed) {
        Random random = new Random(seed);
        List<RecordedQuery> queries = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int words = 1 + random.nextInt(50);
            queries.add(RecordedQuery.of(name + i, "Question " + name + i + " word".repeat(words))
                    .subject("s" + i % 6)
                    .outcome("small", RecordedOutcome.scored(random.nextInt(50) >= words ? 1 : 0))
                    .outcome("medium", RecordedOutcome.scored(random.nextInt(80) >= words ? 1 : 0))
                    .outcome("large", RecordedOutcome.scored(random.nextInt(20) > 0 ? 1 : 0)));
        }
        return RecordedOutcomes.of(queries);
    }

    private Ended replay(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] all = Stream.concat(Stream.of("replay"), Stream.of(arguments))
                .map(argument -> argument.replace("TEST", test.toString()).replace("TRAIN", train.toString()))
                .toArray(String[]::new);
        int code = Tandem.run(
                new Surroundings(
                        Map.of(),
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                all);
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void crossFitsAPairAndPrintsOneObject() throws Exception {
        Ended ended = replay(
                "--outcomes",
                "TEST",
                "--weak",
                "small",
                "--strong",
                "large",
                "--router",
                "length",
                "--folds",
                "3",
                "--group-by",
                "subject",
                "--seed",
                "5",
                "--json");

        assertThat(ended.code).as(ended.err).isZero();
        JsonNode json = JSON.readTree(ended.out);
        assertThat(json.fieldNames())
                .toIterable()
                .contains("router", "n", "weak_score", "strong_score", "apgr", "apgr_ci", "cpt50", "cpt80", "seconds");
        assertThat(json.get("n").intValue()).isEqualTo(300);
        assertThat(json.get("apgr").doubleValue()).isGreaterThan(0.6);
        assertThat(json.at("/data/seed").intValue()).isEqualTo(5);
        assertThat(json.at("/data/resampled").textValue()).isEqualTo("subjects");
    }

    @Test
    void learnsFromSomeFilesIsTestedOnOthersAndWritesReports() throws Exception {
        Path html = folder.resolve("report.html");
        Path csv = folder.resolve("report.csv");
        Ended ended = replay(
                "--outcomes",
                "TEST",
                "--train",
                "TRAIN",
                "--weak",
                "small",
                "--strong",
                "large",
                "--router",
                "length",
                "--report",
                html.toString(),
                "--csv",
                csv.toString());

        assertThat(ended.code).as(ended.err).isZero();
        assertThat(ended.out).contains("APGR", "oracle", "Routable: yes");
        assertThat(Files.readString(html)).contains("<svg", "tandem replay --outcomes");
        assertThat(Files.readString(csv)).startsWith("name,score");
    }

    @Test
    void choosesAmongAllModels() throws Exception {
        Ended ended = replay(
                "--outcomes",
                "TEST",
                "--models",
                "all",
                "--router",
                "oracle",
                "--train",
                "TRAIN",
                "--lambda",
                "0",
                "--json");

        assertThat(ended.code).as(ended.err).isZero();
        JsonNode json = JSON.readTree(ended.out);
        assertThat(json.get("score").doubleValue()).isEqualTo(json.get("oracle").doubleValue());
        assertThat(json.get("best_single_model").textValue()).isEqualTo("large");
        assertThat(json.get("best_single").isNumber()).isTrue();
        assertThat(json.has("cost_usd")).isTrue();
        assertThat(json.get("models")).hasSize(3);
    }

    @Test
    void reportsSeveralModelsInHtmlAndCsv() throws Exception {
        Path html = folder.resolve("models.html");
        Path csv = folder.resolve("models.csv");
        Ended ended =
                replay(("--outcomes TEST --models all --router length --train TRAIN --report " + html + " --csv " + csv)
                        .split(" "));

        assertThat(ended.code).as(ended.err).isZero();
        assertThat(ended.out).contains("Over the best single model", "medium");
        assertThat(Files.readString(html)).contains("<svg", "length among 3 models", "tandem replay --outcomes");
        assertThat(Files.readString(csv)).contains("share of medium");
    }

    @Test
    void comparesTwoRouters() throws Exception {
        Ended ended = replay(
                "--outcomes TEST --weak small --strong large --router length --against random --json".split(" "));

        assertThat(ended.code).as(ended.err).isZero();
        JsonNode against = JSON.readTree(ended.out).get("against");
        assertThat(against.get("router").textValue()).isEqualTo("random");
        assertThat(against.at("/apgr_difference_ci/0").doubleValue()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "2, --outcomes TEST --models all --router random --train TRAIN --against length, are of a pair",
        "2, --outcomes TEST --weak small --strong large --router random --max-rows 0, valid is one or more",
        "3, --outcomes TEST --weak small --strong large --router random --max-rows 299, beyond the 299 rows",
        "3, --outcomes TEST --weak small --strong large --router random --max-bytes 99, more than 99 bytes",
        "3, --outcomes TEST --weak small --strong large --router random --certificate absent, no file absent",
        "2, --outcomes TEST --weak small --router random, name a pair",
        "2, --outcomes TEST --weak small --strong small --router random, valid are two models",
        "2, --outcomes TEST --weak small --strong large --router magic, valid is one of",
        "2, --outcomes TEST --models all --router random, needs --train",
        "2, --outcomes TEST --weak small --strong large --router random --group-by colour, valid is subject",
        "2, --outcomes TEST --weak small --strong large --router random --folds 1, folds",
        "2, --outcomes TEST --weak small --strong large --router probe --fast, leaves the probe out",
        "2, --weak small --strong large --router random, Missing required option",
        "3, --outcomes TEST --weak small --strong huge --router random, no query has an outcome of",
        "3, --outcomes TEST --train TEST --weak small --strong large --router random, training data and in the test",
        "3, --outcomes absent --weak small --strong large --router random, absent",
    })
    void saysWhatIsWrongWithItsOptions(int code, String arguments, String complaint) {
        Ended ended = replay(arguments.split(" "));

        assertThat(ended.code).as(ended.err).isEqualTo(code);
        assertThat(ended.err).contains(complaint);
        assertThat(ended.out).isEmpty();
    }
}
