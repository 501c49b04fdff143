package io.github.tandem4j.router.outcomes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvaluationData;
import io.github.tandem4j.Usd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordedOutcomesTest {

    private static final String ROW = "{\"id\":\"q1\",\"prompt\":\"When?\",\"outcomes\":{\"small\":{\"score\":0.5}}}";

    @TempDir
    private Path folder;

    @Test
    void readsWhatItWroteIncludingFieldsThatItDoesNotKnow() throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.jsonl"),
                "{\"id\":\"q1\",\"turns\":[\"Hi\",\"When?\"],\"subject\":\"moon\",\"mood\":{\"x\":[1]},\"outcomes\":{\"a\":"
                        + "{\"score\":1,\"response\":\"1969\",\"confidence\":-0.2,\"cost_usd\":1.3e-05,\"input_tokens\":7,"
                        + "\"output_tokens\":2,\"latency_ms\":12.5,\"judge\":\"j\"},\"b\":null}}\n\n"
                        + ROW.replace("q1", "q2"));
        RecordedOutcomes read = RecordedOutcomes.read(file);
        RecordedQuery first = read.queries().get(0);
        assertThat(first.prompt()).isEqualTo("Hi\nWhen?");
        assertThat(first.outcome("b")).as("a gap").isEmpty();
        assertThat(first.score("b")).isNaN();
        RecordedOutcome outcome = first.outcome("a").orElseThrow();
        assertThat(outcome.cost()).hasValue(Usd.of("0.000013"));
        assertThat(outcome.latency()).hasValue(Duration.ofNanos(12_500_000));
        assertThat(outcome.confidence()).hasValue(-0.2);
        assertThat(outcome.inputTokens()).hasValue(7);

        Path copy = folder.resolve("b.jsonl.gz");
        read.write(copy);
        assertThat(RecordedOutcomes.read(copy).queries()).isEqualTo(read.queries());
        assertThat(RecordedOutcomes.read(copy).fingerprint()).isEqualTo(read.fingerprint());
        assertThat(OutcomeJson.format(RecordedOutcomes.read(copy).queries().get(0)))
                .contains("\"mood\":{\"x\":[1]}")
                .contains("\"judge\":\"j\"");
        try (var files = Files.list(folder)) {
            assertThat(files).as("nothing half-written is left").hasSize(2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1]                                                                          | is a list of 1",
                "{\"id\":\"q1\"                                                               | no JSON object",
                "{\"prompt\":\"x\",\"outcomes\":{}}                                           | has no id",
                "{\"id\":\"q\",\"outcomes\":{}}                                               | neither prompt nor turns",
                "{\"id\":\"q\",\"prompt\":\"x\",\"turns\":[\"x\"],\"outcomes\":{}}            | both a prompt and turns",
                "{\"id\":\"q\",\"prompt\":\" \",\"outcomes\":{}}                              | prompt is blank",
                "{\"id\":\"q\",\"prompt\":\"x\"}                                              | has no outcomes",
                "{\"id\":\"q\",\"prompt\":\"x\",\"outcomes\":{\"a\":{}}}                      | has no score",
                "{\"id\":\"q\",\"prompt\":\"x\",\"outcomes\":{\"a\":{\"score\":1.2}}}         | score is 1.2; valid is 0..1",
                "{\"id\":\"q\",\"prompt\":\"x\",\"outcomes\":{\"a\":{\"score\":NaN}}}         | score is NaN; valid is a finite number",
                "{\"id\":\"q\",\"prompt\":\"x\",\"outcomes\":{\"a\":{\"score\":1e999}}}       | score is",
                "{\"id\":\"q\",\"prompt\":\"x\",\"outcomes\":{\"a\":{\"score\":1,\"input_tokens\":-1}}} | input_tokens is -1",
                "{\"id\":\"q\",\"id\":\"r\",\"prompt\":\"x\",\"outcomes\":{}}                 | Duplicate",
            })
    void namesTheLineThatIsNoRecordedQuery(String row, String complaint) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.jsonl"), ROW + "\n" + row + "\n");
        assertThatThrownBy(() -> RecordedOutcomes.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("bad.jsonl, line 2")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 15, 40})
    void saysThatAGzippedFileIsCut(int missing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            for (int i = 0; i < 200; i++) {
                zip.write((ROW.replace("q1", "q" + i) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] cut = Arrays.copyOf(bytes.toByteArray(), bytes.size() - missing);
        Path file = Files.write(folder.resolve("cut.jsonl.gz"), cut);
        assertThatThrownBy(() -> RecordedOutcomes.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cut.jsonl.gz")
                .hasMessageContaining("whole file");
    }

    @Test
    void aLineWithoutEndFillsNoMemory() throws IOException {
        Path file = folder.resolve("bomb.jsonl.gz");
        try (GZIPOutputStream zip = new GZIPOutputStream(Files.newOutputStream(file))) {
            byte[] spaces = new byte[1 << 20];
            Arrays.fill(spaces, (byte) 'x');
            for (int i = 0; i < 64; i++) {
                zip.write(spaces);
            }
        }
        assertThatThrownBy(() -> RecordedOutcomes.read(file)).hasMessageContaining("line 1 has more than 16777216");
    }

    @Test
    void anIdStandsForOneQuery() {
        RecordedQuery query = RecordedQuery.of("q1", "When?").outcome("small", RecordedOutcome.scored(1));
        assertThat(RecordedOutcomes.of(List.of(query, query)).size()).isEqualTo(1);
        assertThatThrownBy(() -> RecordedOutcomes.of(List.of(query, query.outcome("small", RecordedOutcome.scored(0)))))
                .hasMessageContaining("id q1 stands for two queries that differ");
    }

    @Test
    void refusesToTestOnWhatWasTrainedOn() {
        RecordedOutcomes train =
                RecordedOutcomes.of(List.of(RecordedQuery.of("a", "When?"), RecordedQuery.of("b", "Who?")));
        RecordedOutcomes test =
                RecordedOutcomes.of(List.of(RecordedQuery.of("c", "Why?"), RecordedQuery.of("d", " When? ")));
        assertThatThrownBy(() -> test.requireNoneOf(train))
                .hasMessageContaining("1 queries")
                .hasMessageContaining("d the first");
        test.requireNoneOf(train.where(query -> query.id().equals("b")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Infinity", "Infinity", "NaN", "null"})
    void takesWhatIsNoFiniteNumberForNoConfidence(String confidence) throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.jsonl"), ROW.replace("\"score\":0.5", "\"score\":0.5,\"confidence\":" + confidence));
        assertThat(RecordedOutcomes.read(file)
                        .queries()
                        .get(0)
                        .outcome("small")
                        .orElseThrow()
                        .confidence())
                .isEmpty();
    }

    @Test
    void namesAModelThatNoQueryHas() {
        RecordedOutcomes data = RecordedOutcomes.of(List.of(
                RecordedQuery.of("a", "When?").outcome("small", RecordedOutcome.scored(1)),
                RecordedQuery.of("b", "Who?")));
        assertThat(data.having(List.of("small")).size()).isEqualTo(1);
        assertThatThrownBy(() -> data.having(List.of("small", "smal")))
                .hasMessageContaining("[smal]")
                .hasMessageContaining("[small]");
    }

    @Test
    void readsTheRecordedOutcomesOfRealModels() {
        RecordedOutcomes mmlu = RecordedOutcomes.read(EvaluationData.outcomes("mmlu-a.jsonl.gz"));
        assertThat(mmlu.size()).isEqualTo(7658);
        assertThat(mmlu.models()).containsExactly("mixtral-8x7b-instruct", "gpt-4-1106-preview");
        assertThat(mmlu.uncontaminated().size()).isEqualTo(7655);
    }
}
