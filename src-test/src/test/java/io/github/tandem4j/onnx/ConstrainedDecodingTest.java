package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import io.github.tandem4j.onnx.grammar.Schemas;
import io.github.tandem4j.onnx.grammar.Validator;
import io.github.tandem4j.smollm2.SharedSmolLm2;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;

/** SmolLM2, which knows little of JSON, held to schemas, choices and expressions. */
class ConstrainedDecodingTest {
    private static final boolean THOROUGH = Boolean.getBoolean("tandem.thorough");

    /** For each of twenty schemas. */
    private static final int PROMPTS = THOROUGH ? 10 : 1;

    /** More tokens than most texts take; the others are steered to an end. */
    private static final int LONGEST = 100;

    private static final List<String> SUBJECTS = List.of(
            "Maria from Lisbon, who is 34",
            "a red bicycle for 250 euros",
            "the weather in Oslo",
            "an order of 3 books",
            "a meeting on Tuesday at noon",
            "the film, which was dull",
            "größe und 日付",
            "a \"quoted\" name\nand a new line",
            "nothing at all",
            "the planets of the solar system");

    private static final OnnxEndpoint endpoint = SharedSmolLm2.endpoint();

    private static Generation generate(String prompt, OutputConstraint constraint, int longest, long seed) {
        int[] ids = endpoint.promptOf(List.of(UserMessage.from(prompt)));
        return endpoint.model()
                .generate(
                        ids,
                        Decoding.greedy()
                                .temperature(1)
                                .seed(seed)
                                .maxTokens(longest)
                                .constrainedTo(constraint));
    }

    @Test
    void jsonIsValidBySchemaEvenAtItsLimit() throws InterruptedException, ExecutionException {
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (Arguments each : Schemas.all().toList()) {
            String schema = (String) each.get()[1];
            OutputConstraint constraint = OutputConstraint.jsonSchema(schema);
            for (int i = 0; i < PROMPTS; i++) {
                int number = calls.size();
                String prompt = "Write JSON of the kind \"" + each.get()[0] + "\" about "
                        + SUBJECTS.get((number + i) % 10) + ".";
                calls.add(() -> endsAtItsLimit(schema, generate(prompt, constraint, LONGEST, number)));
            }
        }
        assertThat(calls).hasSize(20 * PROMPTS);

        // Four at a time, which are decoded together.
        ExecutorService threads = Executors.newFixedThreadPool(4);
        int atLimit = 0;
        try {
            for (Future<Boolean> call : threads.invokeAll(calls)) {
                atLimit += call.get() ? 1 : 0;
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(atLimit).isLessThan(calls.size() / 2);
    }

    private static boolean endsAtItsLimit(String schema, Generation generation) {
        assertThat(Validator.flaws(schema, generation.text()))
                .as(generation.text())
                .isEmpty();
        return generation.finishReason() == FinishReason.LENGTH;
    }

    @Test
    void choicesAreKept() {
        List<String> labels = List.of("positive", "negative", "neutral");
        for (int seed = 0; seed < (THOROUGH ? 200 : 6); seed++) {
            Generation generation = generate(
                    "Is this good or bad: " + SUBJECTS.get(seed % 10), OutputConstraint.choice(labels), 20, seed);

            assertThat(generation.text()).isIn(labels);
            assertThat(generation.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(generation.scores().size()).isEqualTo(generation.tokenIds().length);
        }
    }

    @Test
    void expressionsAreKept() {
        for (String regex : List.of("\\d{4}-\\d\\d-\\d\\d", "(yes|no), because [a-z ]{5,20}\\.", "[A-ZÄÖÜ]\\w+ß?")) {
            for (int seed = 0; seed < (THOROUGH ? 200 : 2); seed++) {
                Generation generation = generate("When?", OutputConstraint.regex(regex), 30, seed);

                assertThat(generation.text()).matches(Pattern.compile(regex));
            }
        }
    }

    @Test
    void scoresStayTheModelsOwn() {
        int[] ids = endpoint.promptOf(List.of(UserMessage.from("Say yes or no.")));
        Decoding free = Decoding.greedy().maxTokens(1);
        float likeliest = endpoint.model().generate(ids, free).scores().logProbability(0);

        Generation forced = endpoint.model().generate(ids, free.constrainedTo(OutputConstraint.choice(List.of("zzz"))));

        assertThat(forced.scores().logProbability(0)).isLessThan(likeliest - 2);
        assertThat(forced.scores().entropies()[0])
                .isEqualTo(endpoint.model().generate(ids, free).scores().entropies()[0]);
    }

    @Test
    void anAnswerThatIsCutSaysSo() {
        Generation generation = generate("Count.", OutputConstraint.regex("(one two three ){20}end"), 5, 1);

        assertThat(generation.finishReason()).isEqualTo(FinishReason.LENGTH);
    }
}
