package io.github.tandem4j.router.outcomes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Usd;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomeImportsTest {

    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void readsWhatRouteLlmWrites() throws IOException {
        RecordedOutcomes outcomes = OutcomeImports.read(file("mmlu_college_physics.csv", """
                prompt,mixtral-8x7b-instruct-v0.1,gpt-4-1106-preview,note
                "What is ""spin""?
                A. 0
                Answer:",True,False,x
                Why?,false,1.0,
                """));

        RecordedQuery first = outcomes.queries().get(0);
        assertThat(outcomes.models()).containsExactly("mixtral-8x7b-instruct-v0.1", "gpt-4-1106-preview");
        assertThat(first.prompt()).isEqualTo("What is \"spin\"?\nA. 0\nAnswer:");
        assertThat(first.benchmark()).isEqualTo("mmlu");
        assertThat(first.subject()).contains("college_physics");
        assertThat(first.score("mixtral-8x7b-instruct-v0.1")).isEqualTo(1);
        assertThat(outcomes.queries().get(1).score("gpt-4-1106-preview")).isEqualTo(1);
    }

    @Test
    void readsWhatRouterBenchWrites() throws IOException {
        RecordedOutcomes outcomes = OutcomeImports.read(file(
                "rb.csv",
                "sample_id,prompt,eval_name,gpt-4,claude,gpt-4|model_response,claude|model_response,gpt-4|total_cost,"
                        + "claude|total_cost,oracle_model_to_route_to\n"
                        + "mmlu.1,Why?,mmlu,0.25,,because,,0.00012,,gpt-4\n"));

        RecordedQuery query = outcomes.queries().get(0);
        assertThat(query.id()).isEqualTo("mmlu.1");
        assertThat(query.outcomes()).containsOnlyKeys("gpt-4");
        assertThat(query.score("gpt-4")).isEqualTo(0.25);
        assertThat(query.outcome("gpt-4").orElseThrow().cost()).contains(Usd.of("0.00012"));
        assertThat(query.outcome("gpt-4").orElseThrow().response()).contains("because");
    }

    @Test
    void gathersTheModelsOfAQueryFromLlmRoutersRows() throws IOException {
        String row = "{\"task_name\":\"gsm8k\",\"query\":\"2+2?\",\"ground_truth\":\"4\",\"model_name\":\"%s\","
                + "\"response\":\"4\",\"input_tokens\":449,\"output_tokens\":4,\"response_time\":1.5,\"performance\":%s}";
        String a = row.formatted("a", "1.0");
        String b = row.formatted("b", "0.5");

        RecordedOutcomes lines = OutcomeImports.read(file("lines.jsonl", a + "\n" + b + "\n"));
        RecordedOutcomes list = OutcomeImports.read(file("list.json", "[" + a + "," + b + "]"));

        assertThat(list.queries()).isEqualTo(lines.queries()).hasSize(1);
        RecordedQuery query = lines.queries().get(0);
        String c = a.replace("2+2?", "3+3?");
        RecordedOutcomes others = OutcomeImports.read(file("others.jsonl", c + "\n" + a + "\n" + b + "\n"));
        assertThat(lines.and(others).size())
                .as("ids are of the query, and not of its place")
                .isEqualTo(2);
        assertThat(query.reference()).contains("4");
        assertThat(query.score("b")).isEqualTo(0.5);
        assertThat(query.outcome("a").orElseThrow().latency()).contains(Duration.ofMillis(1500));
        assertThat(query.outcome("a").orElseThrow().inputTokens()).hasValue(449);
        assertThatThrownBy(() -> OutcomeImports.read(file("twice.jsonl", a + "\n" + row.formatted("a", "0.0"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("row 2 is a second outcome of a");
    }

    @Test
    void readsItsOwnFormatToo() throws IOException {
        assertThat(OutcomeImports.read(file(
                                "own.jsonl", "{\"id\":\"q\",\"prompt\":\"Why?\",\"outcomes\":{\"a\":{\"score\":1}}}"))
                        .models())
                .containsExactly("a");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            'prompt,a\\nWhy?,1.5'~line 2 has the score 1.5
            'prompt,a\\nWhy?,NaN'~line 2 has the score NaN
            'prompt,a\\nWhy?,True,False'~line 2 has 3 fields
            'prompt,a\\n ,True'~blank prompt
            'prompt,a,a\\nWhy?,True,True'~no valid header
            'question,a\\nWhy?,True'~no column prompt
            'prompt,a\\nWhy?,perhaps'~no outcome of any model
            'prompt,a\\n"Why?,True'~cannot be read
            'sample_id,prompt,a,a|total_cost\\n1,Why?,good,0.1'~score of a is none
            'sample_id,prompt,a,a|total_cost\\n1,Why?,1,-0.1'~cost is
            'prompt,a|total_cost\\nWhy?,0.1'~no column sample_id
            '[{"query":"x","model_name":"a","performance":2}]'~score is 2.0
            '[{"query":"x","model_name":"a"}]'~no number as performance
            '[{"query":"x","model_name":"a","performance":1}'~cannot be read
            """)
    void namesTheLineThatIsNoOutcome(String text, String complaint) throws IOException {
        Path file = file("bad", text.replace("\\n", "\n"));

        assertThatThrownBy(() -> OutcomeImports.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void anOpenQuoteFillsNoMemory() throws IOException {
        Path file = folder.resolve("open.csv");
        Files.writeString(file, "prompt,a\n\"" + "x".repeat(17 << 20));

        assertThatThrownBy(() -> OutcomeImports.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("more than 16777216 characters");
    }

    @Test
    void aColumnIsAModelOnlyIfAllOfItsFieldsAreScores() throws IOException {
        RecordedOutcomes outcomes = OutcomeImports.read(file(
                "gsm8k_x.csv",
                "prompt,a,note,b\n"
                        + "Why?,True,1,\n" // a note that looks like a score
                        + "How?,False,later,0.5\n"));

        assertThat(outcomes.models()).containsExactly("a", "b");
        assertThat(outcomes.queries().get(0).outcomes()).containsOnlyKeys("a");
    }

    @ParameterizedTest
    @CsvSource({"''", "Unnamed: 0"})
    void theRowNumbersThatPandasWritesAreNoModel(String header) throws IOException {
        RecordedOutcomes outcomes = OutcomeImports.read(
                file("mmlu_x.csv", header + ",prompt,a,\n0,Why?,True,0\n1,How?,False,1\n2,Who?,True,2\n"));

        assertThat(outcomes.models()).containsExactly("a");
        assertThat(outcomes.queries())
                .extracting(RecordedQuery::id)
                .containsExactly("mmlu_x-1", "mmlu_x-2", "mmlu_x-3");
        assertThat(OutcomeImports.read(file("rb.csv", header + ",sample_id,prompt,a,a|total_cost\n7,q,Why?,1,0.1\n"))
                        .models())
                .containsExactly("a");
    }

    @Test
    void manyColumnsAreReadOnceEach() throws IOException {
        int models = 29_999;
        StringBuilder text = new StringBuilder("prompt");
        for (int m = 0; m < models; m++) {
            text.append(",m").append(m);
        }
        for (int row = 0; row < 2; row++) {
            text.append("\nWhy ").append(row).append("?").append(",1".repeat(models));
        }
        RecordedOutcomes outcomes =
                OutcomeImports.read(file("wide.csv", text.append('\n').toString()));

        assertThat(outcomes.models()).hasSize(models);
        assertThatThrownBy(() -> OutcomeImports.read(file("wider.csv", "prompt" + ",a".repeat(30_000) + "\n")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("30001 columns");
        Path again = folder.resolve("wide.jsonl");
        outcomes.write(again);
        assertThat(RecordedOutcomes.read(again).queries()).isEqualTo(outcomes.queries());
    }

    @Test
    void aSmallFileThatUnpacksToALargeOneIsRefusedAtTheLimit() throws IOException {
        String row = "{\"id\":\"q%d\",\"prompt\":\"Why?\",\"outcomes\":{\"a\":{\"score\":1}}}\n";
        Path bomb = folder.resolve("bomb.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb))) {
            for (int i = 0; i < 20_000; i++) {
                out.write(row.formatted(i).getBytes(StandardCharsets.UTF_8));
            }
        }
        assertThat(OutcomeImports.read(bomb).size()).isEqualTo(20_000);
        assertThatThrownBy(() -> OutcomeImports.read(bomb, new OutcomeLimits(1_000_000, 100_000)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("bomb.jsonl.gz", "more than 100000 bytes unpacked", "OutcomeLimits");
        assertThatThrownBy(() -> RecordedOutcomes.read(List.of(bomb), new OutcomeLimits(19_999, 1L << 40)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("line 20000", "beyond the 19999 rows");
        assertThatThrownBy(() -> OutcomeImports.read(
                        file("rows.csv", "prompt,a\nWhy?,1\nHow?,1\n"), new OutcomeLimits(1, 1_000)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("line 3", "beyond the 1 rows");
    }
}
