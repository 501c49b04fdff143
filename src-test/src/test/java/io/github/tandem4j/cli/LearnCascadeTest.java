package io.github.tandem4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.EvaluationData;
import io.github.tandem4j.router.cascades.CascadePolicy;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnCascadeTest {

    private static final String STAGES = "llama3.2-1b,llama3.1-8b,llama3.1-70b,llama3.1-405b";

    @TempDir
    private Path folder;

    private Path train = Path.of("");
    private Path test = Path.of("");

    private record Ended(int code, String out, String err) {}

    private static Ended run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Tandem.run(
                new Surroundings(
                        Map.of(),
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                arguments);
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @BeforeEach
    void halve() {
        RecordedOutcomes all = RecordedOutcomes.read(EvaluationData.outcomes("cascade-triviaqa-llama-train.jsonl.gz"));
        train = folder.resolve("train.jsonl.gz");
        test = folder.resolve("test.jsonl");
        RecordedOutcomes half = all.where(query -> query.id().hashCode() % 2 == 0);
        half.write(train);
        all.where(query -> query.id().hashCode() % 2 != 0).write(test);
    }

    @Test
    void fitsOnOneFileAndTriesOnAnother() throws IOException {
        Path policy = folder.resolve("cascade.json");
        Ended ended = run(
                "cascade",
                "--train",
                train.toString(),
                "--outcomes",
                test.toString(),
                "--stages",
                STAGES,
                "--seed",
                "5",
                "--out",
                policy.toString(),
                "--json");
        assertThat(ended.err).isEmpty();
        assertThat(ended.code).isZero();
        JsonNode result = new JsonMapper().readTree(ended.out);
        assertThat(result.fieldNames())
                .toIterable()
                .contains(
                        "score",
                        "cost_usd",
                        "last_stage_score",
                        "last_stage_cost_usd",
                        "cost_ratio",
                        "loss",
                        "loss_ci",
                        "stage_shares",
                        "train_n",
                        "n",
                        "seed",
                        "seconds",
                        "baselines");
        assertThat(result.get("cost_ratio").doubleValue()).isBetween(0.0, 1.5);
        assertThat(result.get("n").intValue() + result.get("train_n").intValue())
                .isEqualTo(300);
        assertThat(result.get("stage_shares").fieldNames()).toIterable().containsExactly(STAGES.split(","));
        assertThat(result.get("baselines").fieldNames())
                .toIterable()
                .contains(
                        "always llama3.2-1b", "thresholds at most 0.01", "thresholds at most 0.0", "random", "oracle");
        assertThat(CascadePolicy.read(policy).stages()).containsExactly(STAGES.split(","));
    }

    @Test
    void saysInWordsWhatItDoesWithAllModelsInOrderOfCost() {
        Ended ended = run("cascade", "--train", train.toString(), "--outcomes", test.toString());
        assertThat(ended.code).isZero();
        assertThat(ended.out).contains("llama3.1-8b, llama3.1-70b, llama3.1-405b]", "oracle");
    }

    @Test
    void refusesWhatItCannotBeFittedOrTriedOn() {
        Ended shared = run("cascade", "--train", train.toString(), "--outcomes", train.toString(), "--json");
        assertThat(shared.code).isEqualTo(3);
        assertThat(shared.out).isEmpty();
        assertThat(shared.err).contains("are in the training data and in the test data");
        Ended unknown = run(
                "cascade", "--train", train.toString(), "--outcomes", test.toString(), "--stages", "llama3.2-1b,gpt");
        assertThat(unknown.code).isEqualTo(3);
        assertThat(unknown.err).contains("[gpt]");
        Ended loss = run("cascade", "--train", train.toString(), "--outcomes", test.toString(), "--max-loss", "2");
        assertThat(loss.code).isEqualTo(2);
        assertThat(loss.err).contains("largest loss is 2.0; valid is above 0, at most 1");
        assertThat(run("cascade", "--train", train.toString()).code).isEqualTo(2);
    }
}
