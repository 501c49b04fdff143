package io.github.tandem4j.router.outcomes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Usd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
}
