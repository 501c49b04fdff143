package io.github.tandem4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tandem4j.loopback.Fault;
import io.github.tandem4j.loopback.LoopbackServer;
import io.github.tandem4j.onnx.exported.ExportedFiles;
import io.github.tandem4j.onnx.gguf.TinyGguf;
import io.github.tandem4j.smollm2.SmolLm2;
import io.github.tandem4j.smollm2.TinyCache;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as a script meets them: arguments, environment and input in; output and exit code out. */
final class CommandLineTest {

    private static final JsonMapper JSON = new JsonMapper();

    /** Nothing listens on the discard port, so that no Ollama of the developer's answers. */
    private static final Map<String, String> NO_LARGE_MODEL = Map.of("OLLAMA_HOST", "http://127.0.0.1:9");

    private static final boolean THOROUGH = Boolean.getBoolean("tandem.thorough");

    @TempDir
    private static Path cache;

    private static TinyCache tiny;

    @TempDir
    private Path directory;

    @BeforeAll
    static void fillTheTinyCache() throws IOException {
        tiny = TinyCache.in(cache);
    }

    /** What a command left behind. */
    private record Ended(int code, String out, String err) {

        JsonNode json() throws IOException {
            assertThat(out.strip()).as("one line, nothing but JSON").doesNotContain("\n");
            return JSON.readTree(out);
        }
    }

    private static Ended run(Map<String, String> environment, String input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Tandem.run(
                new Surroundings(
                        environment,
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                arguments);
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Ended run(String... arguments) {
        return run(NO_LARGE_MODEL, "", arguments);
    }

    /** Runs a command whose SmolLM2 is the tiny model, for what does not depend on what a model says. */
    private static Ended runTiny(Map<String, String> environment, String input, String... arguments) {
        return tiny.whereSmolLm2Is(() -> run(environment, input, arguments));
    }

    private static Ended runTiny(String... arguments) {
        return runTiny(NO_LARGE_MODEL, "", arguments);
    }

    @Test
    void demoWithoutALargeModelSaysSoAndAnswersEverythingLocally() throws IOException {
        Ended demo = THOROUGH ? run("demo", "--json") : runTiny("demo", "--json");
        assertThat(demo.code).isZero();
        assertThat(demo.err).contains("No large model is configured");
        JsonNode result = demo.json();
        assertThat(result.fieldNames())
                .toIterable()
                .containsExactly("prompts", "cost_usd", "large_alone_usd", "seconds");
        assertThat(result.get("prompts")).hasSizeGreaterThanOrEqualTo(12);
        assertThat(result.get("prompts").get(0).fieldNames())
                .toIterable()
                .containsExactly(
                        "prompt",
                        "answer",
                        "endpoint",
                        "confidence",
                        "deferred",
                        "cost_usd",
                        "seconds",
                        "output_tokens");
        assertThat(result.get("prompts")).allSatisfy(row -> {
            assertThat(row.get("endpoint").textValue()).isEqualTo("smollm2");
            assertThat(row.get("answer").textValue()).isNotBlank();
            assertThat(row.get("confidence").doubleValue()).isBetween(0.0, 1.0);
            assertThat(row.get("output_tokens").longValue()).isPositive();
            assertThat(row.get("cost_usd").decimalValue()).isZero();
        });
        if (THOROUGH) {
            assertThat(result.get("prompts"))
                    .anyMatch(row -> row.get("deferred").booleanValue());
            assertThat(result.get("prompts"))
                    .anyMatch(row -> !row.get("deferred").booleanValue());
        }
        assertThat(result.get("large_alone_usd").isNull()).isTrue();
    }

    @Test
    void demoWithALargeModelDefersWhatTheSmallOneIsNotSureOf() {
        try (LoopbackServer server = LoopbackServer.answering("The large model's answer.")) {
            Ended demo = run(openAiAt(server), "", "demo");
            assertThat(demo.code).isZero();
            List<String> kept = found("(?m)^  -> smollm2, kept, mean token probability ", demo.out);
            List<String> deferred = found("(?m)^The large model's answer\\.\\R  -> gpt-4o-mini, deferred, ", demo.out);
            assertThat(kept).isNotEmpty();
            assertThat(deferred).isNotEmpty();
            assertThat(found("(?m)^  -> ", demo.out)).hasSize(kept.size() + deferred.size());
            assertThat(server.requests()).hasSize(deferred.size());
            Matcher summary = Pattern.compile(
                            kept.size() + " of " + DemoPrompt.ALL.size() + " answers kept, "
                                    + deferred.size()
                                    + " deferred\\. Cost: \\$([0-9.]+),[^;]*; gpt-4o-mini alone would have cost \\$([0-9.]+)\\. ")
                    .matcher(demo.out);
            assertThat(summary.find()).as(demo.out).isTrue();
            assertThat(new BigDecimal(summary.group(1))).isPositive().isLessThan(new BigDecimal(summary.group(2)));
        }
    }

    private static List<String> found(String regex, String text) {
        return Pattern.compile(regex)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void demoWithALargeModelTellsWhoAnsweredAsJson() throws IOException {
        try (LoopbackServer server = LoopbackServer.answering("The large model's answer.")) {
            Ended demo = THOROUGH
                    ? run(openAiAt(server), "", "demo", "--json")
                    : runTiny(openAiAt(server), "", "demo", "--json");
            assertThat(demo.code).isZero();
            JsonNode result = demo.json();
            int deferred = 0;
            for (JsonNode row : result.get("prompts")) {
                boolean wasDeferred = row.get("deferred").booleanValue();
                deferred += wasDeferred ? 1 : 0;
                assertThat(row.get("endpoint").textValue()).isEqualTo(wasDeferred ? "gpt-4o-mini" : "smollm2");
                assertThat(row.get("answer").textValue().equals("The large model's answer."))
                        .isEqualTo(wasDeferred);
            }
            int all = result.get("prompts").size();
            assertThat(deferred).isBetween(1, THOROUGH ? all - 1 : all);
            assertThat(server.requests()).hasSize(deferred);
            assertThat(result.get("cost_usd").decimalValue()).isPositive();
            assertThat(result.get("large_alone_usd")
                            .decimalValue()
                            .compareTo(result.get("cost_usd").decimalValue()))
                    .as("kept answers would have cost something too")
                    .isEqualTo(deferred < all ? 1 : 0);
        }
    }

    @Test
    void demoGoesOnAndSaysWhyWhenTheLargeModelFails() {
        try (LoopbackServer server = LoopbackServer.answering("never")) {
            server.fault(Fault.status(401, "invalid_api_key", "no such key"));
            Ended demo = runTiny(openAiAt(server), "", "demo");
            assertThat(demo.code).isZero();
            assertThat(found("(?m)^  -> smollm2, deferred, .*; gpt-4o-mini failed: .*401", demo.out))
                    .hasSameSizeAs(DemoPrompt.ALL);
            assertThat(demo.out + demo.err).doesNotContain("secret-key");
        }
    }

    @Test
    void chatRemembersTheConversationAndExplainsTheLastAnswer() {
        Ended chat = run(
                NO_LARGE_MODEL,
                "What is the capital of France? Answer in one short sentence.\n/why\n/nonsense\n/quit\n",
                "chat");
        assertThat(chat.code).isZero();
        assertThat(chat.out).contains("Paris", "smollm2 (model) answered", "mean token probability", "/why, /new");
    }

    @Test
    void chatEndsAtTheEndOfItsInput() {
        assertThat(runTiny(NO_LARGE_MODEL, "", "chat").code).isZero();
    }

    @Test
    void generateGivesTheSameTokensByTheModelsNameAndByItsDirectory() throws IOException {
        String[] command = {
            "generate", "--model", "smollm2", "--prompt", "Name a colour.", "--max-tokens", "12", "--json"
        };
        JsonNode once = run(command).json();
        command[2] = SmolLm2.directory().toString();
        JsonNode again = run(command).json();
        assertThat(once.get("token_ids")).isEqualTo(again.get("token_ids"));
        assertThat(once.get("logprobs")).hasSameSizeAs(once.get("token_ids"));
        assertThat(once.get("output_tokens").intValue())
                .isEqualTo(once.get("token_ids").size());
        assertThat(once.get("finish_reason").textValue()).isIn("stop", "length");
        assertThat(once.get("prompt_tokens").intValue()).isGreaterThan(10);
    }

    @Test
    void aDirectoryOfHuggingFaceIsAModelToo() throws IOException {
        Path exported = ExportedFiles.write(directory.resolve("exported"), "plain");
        ExportedFiles.add(exported, "q4", "model_q4.onnx");
        String[] command = {"generate", "--model", exported.toString(), "--prompt", "Hi", "--max-tokens", "8", "--json"
        };
        JsonNode usual = run(command).json();
        assertThat(usual.get("token_ids")).isNotEmpty();
        assertThat(run(with(command, "--variant", "fp32")).json().get("logprobs"))
                .isEqualTo(usual.get("logprobs"));
        assertThat(run(with(command, "--variant", "q4")).json().get("logprobs")).isNotEqualTo(usual.get("logprobs"));
        assertThat(run(with(command, "--variant", "q4", "--raw")).json().get("token_ids"))
                .isNotEmpty();
        Ended unknown = run(with(command, "--variant", "fp16"));
        assertThat(unknown.code).isNotZero();
        assertThat(unknown.err).contains("no variant fp16", "fp32, q4");
    }

    private static String[] with(String[] command, String... more) {
        return Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void generateContinuesARawTextWithoutTheTemplate() throws IOException {
        JsonNode raw = run(
                        "generate",
                        "--model",
                        "smollm2",
                        "--prompt",
                        "One, two, three,",
                        "--raw",
                        "--max-tokens",
                        "4",
                        "--json")
                .json();
        assertThat(raw.get("prompt_tokens").intValue()).isLessThan(10);
        assertThat(raw.get("text").textValue()).contains("four");
    }

    @Test
    void generateKeepsToASchemaAChoiceOrAnExpression() throws IOException {
        Path schema = directory.resolve("schema.json");
        Files.writeString(schema, """
            {"type": "object", "properties": {"year": {"type": "integer"}, "sure": {"type": "boolean"}},
             "required": ["year", "sure"]}\
            """);
        JsonNode answer = JSON.readTree(run(
                        "generate",
                        "--model",
                        "smollm2",
                        "--prompt",
                        "When did Apollo 11 land?",
                        "--json-schema",
                        schema.toString())
                .out);
        assertThat(answer.get("year").isIntegralNumber()).isTrue();
        assertThat(answer.get("sure").isBoolean()).isTrue();
        assertThat(runTiny(
                                "generate",
                                "--model",
                                "smollm2",
                                "--prompt",
                                "Is fire cold?",
                                "--choices",
                                "yes,no,I don't know")
                        .out)
                .isIn(
                        "yes" + System.lineSeparator(),
                        "no" + System.lineSeparator(),
                        "I don't know" + System.lineSeparator());
        assertThat(runTiny(
                                "generate",
                                "--model",
                                "smollm2",
                                "--prompt",
                                "Name a day.",
                                "--regex",
                                "\\d{4}-\\d\\d-\\d\\d")
                        .out)
                .matches("\\d{4}-\\d\\d-\\d\\d\\R");
    }

    @Test
    void whatAnAnswerCannotBeHeldToIsAWrongOption() throws IOException {
        Path schema = directory.resolve("schema.json");
        Files.writeString(schema, "{\"type\": \"array\", \"contains\": {}}");
        String[] generate = {"generate", "--model", "smollm2", "--prompt", "x"};
        Ended unsupported = run(with(generate, "--json-schema", schema.toString()));
        assertThat(unsupported.code).isEqualTo(2);
        assertThat(unsupported.err).contains("schema.json", "contains");
        Ended missing =
                run(with(generate, "--json-schema", directory.resolve("none").toString()));
        assertThat(missing.code).isEqualTo(2);
        assertThat(missing.err).contains("there is no file");
        Ended regex = run(with(generate, "--regex", "(a)\\1"));
        assertThat(regex.code).isEqualTo(2);
        assertThat(regex.err).contains("index 3");
        Ended both = run(with(generate, "--regex", "a", "--choices", "a,b"));
        assertThat(both.code).isEqualTo(2);
        assertThat(both.err).contains("one of --json-schema");
        assertThat(run(with(generate, "--choices", "a,,b")).code).isEqualTo(2);
    }

    @Test
    void generateWithASeedRepeatsItsDraws() throws IOException {
        String[] command = {
            "generate",
            "--model",
            "smollm2",
            "--prompt",
            "Tell me a story.",
            "--max-tokens",
            "16",
            "--temperature",
            "1.2",
            "--seed",
            "7",
            "--threads",
            "1",
            "--json"
        };
        String text = runTiny(command).json().get("text").textValue();
        assertThat(runTiny(command).json().get("text").textValue()).isEqualTo(text);
        command[Arrays.asList(command).indexOf("7")] = "8";
        assertThat(runTiny(command).json().get("text").textValue()).isNotEqualTo(text);
    }

    @Test
    void scoreCountsEveryTokenButTheFirstOfAWindow() throws IOException {
        Path text = Files.writeString(directory.resolve("text.txt"), "The sun rises in the east and sets in the west.");
        JsonNode score = run("score", "--model", "smollm2", "--file", text.toString(), "--json")
                .json();
        int tokens = score.get("tokens").intValue();
        assertThat(tokens).isPositive();
        assertThat(score.get("token_ids")).hasSize(tokens);
        assertThat(score.get("nll")).hasSize(tokens);
        assertThat(score.get("top1")).hasSize(tokens);
        assertThat(score.get("perplexity").doubleValue())
                .isEqualTo(Math.exp(score.get("mean_nll").doubleValue()));
    }

    @Test
    void embedGivesAVectorForEachLine() throws IOException {
        Path lines = Files.writeString(directory.resolve("lines.txt"), "A first line\n\nA third line\n");
        JsonNode minilm = run("embed", "--model", "minilm", "--file", lines.toString(), "--json")
                .json();
        assertThat(minilm.fieldNames()).toIterable().containsExactly("model", "dimension", "vectors");
        assertThat(minilm.get("model").textValue()).isEqualTo("all-minilm-l6-v2");
        assertThat(minilm.get("dimension").intValue()).isEqualTo(384);
        assertThat(minilm.get("vectors")).hasSize(3).allSatisfy(vector -> {
            double length = 0;
            for (JsonNode value : vector) {
                length += value.doubleValue() * value.doubleValue();
            }
            assertThat(vector).hasSize(384);
            assertThat(length).isCloseTo(1, within(1e-5));
        });
        JsonNode bge = run("embed", "--model", "bge-small", "--threads", "1", "--file", lines.toString(), "--json")
                .json();
        assertThat(bge.get("model").textValue()).startsWith("bge-small-en");
        assertThat(bge.get("vectors")).hasSize(3);
        JsonNode eightBit = run("embed", "--model", "minilm-8-bit", "--file", lines.toString(), "--json")
                .json();
        assertThat(eightBit.get("model").textValue()).isEqualTo("all-minilm-l6-v2-8-bit");
        assertThat(eightBit.get("vectors").get(0).get(0).doubleValue())
                .isCloseTo(minilm.get("vectors").get(0).get(0).doubleValue(), within(0.02));
        assertThat(run("embed", "--file", lines.toString()).out).startsWith("3 lines, 384 dimensions");
    }

    @Test
    void embedRefusesWhatIsNoModelOrHasNoLines() throws IOException {
        Path lines = Files.writeString(directory.resolve("lines.txt"), "a line");
        Ended none = run("embed", "--model", directory.toString(), "--file", lines.toString(), "--json");
        assertThat(none.code).isEqualTo(3);
        assertThat(none.out).isEmpty();
        assertThat(none.err).contains("is missing; valid: a directory with model.onnx");
        Path empty = Files.writeString(directory.resolve("empty"), "");
        assertThat(run("embed", "--file", empty.toString()).code).isEqualTo(4);
        assertThat(run("embed", "--file", "none.txt").code).isEqualTo(2);
        assertThat(run("embed", "--file", lines.toString(), "--threads", "0").code)
                .isEqualTo(2);
    }

    @Test
    void benchReportsItsMedians() throws IOException {
        JsonNode bench = runTiny(
                        "bench",
                        "--model",
                        "smollm2",
                        "--prompt-tokens",
                        "8",
                        "--new-tokens",
                        "4",
                        "--runs",
                        "1",
                        "--json")
                .json();
        for (String name : new String[] {"prefill_tokens_per_s", "decode_tokens_per_s", "first_token_ms", "load_ms"}) {
            assertThat(bench.get(name).doubleValue()).as(name).isPositive();
        }
    }

    @Test
    void wrongUseEndsWithTwoAndSaysWhatIsWrong() {
        assertThat(run("demo", "--no-such-option").code).isEqualTo(2);
        assertThat(run("generate", "--model", "smollm2").err).contains("--prompt");
        assertThat(run("nonsense").code).isEqualTo(2);
        Ended negative = run("generate", "--model", "smollm2", "--prompt", "x", "--temperature", "-1");
        assertThat(negative.code).isEqualTo(2);
        assertThat(negative.err).contains("temperature", "-1");
        assertThat(run("bench", "--model", "smollm2", "--runs", "0").err).contains("--runs is 0");
        assertThat(run(
                                "score",
                                "--model",
                                "smollm2",
                                "--file",
                                directory.resolve("none.txt").toString())
                        .code)
                .isEqualTo(2);
    }

    @Test
    void aModelThatIsNoneEndsWithThree() throws IOException {
        Ended none = run("generate", "--model", directory.resolve("none").toString(), "--prompt", "x");
        assertThat(none.code).isEqualTo(3);
        assertThat(none.err).contains("none");
        Path foreign = Files.writeString(directory.resolve("foreign.gguf"), "this is no model");
        Ended imported =
                run("import", foreign.toString(), directory.resolve("model").toString());
        assertThat(imported.code).isEqualTo(3);
        assertThat(imported.err).contains("foreign.gguf");
        assertThat(directory.resolve("model")).doesNotExist();
    }

    @Test
    void importTellsWhatItCost() throws IOException {
        Path gguf = TinyGguf.write(directory.resolve("tiny.gguf"));
        Path model = directory.resolve("tiny");
        Ended imported = run("import", "--weights", "four-bit", "--window", "64", gguf.toString(), model.toString());
        assertThat(imported.code).isZero();
        assertThat(imported.out).contains("F16 as 4 bit", "F16 as 8 bit", "relative error of the weights: 0.0");
        Ended tooLong = run("generate", "--model", model.toString(), "--prompt", "abcdefgh".repeat(20));
        assertThat(tooLong.code).isEqualTo(4);
        assertThat(tooLong.err).contains("window");

        Ended unknown = run("import", "--weights", "two-bit", gguf.toString(), model.toString());
        assertThat(unknown.code).isEqualTo(2);
        assertThat(unknown.err).contains("two-bit", "exact, float32, eight-bit, four-bit");
        Ended none = run("import", "--window", "0", gguf.toString(), model.toString());
        assertThat(none.code).isEqualTo(2);
        assertThat(none.err).contains("0 tokens");
    }

    @Test
    void aPromptBeyondTheWindowEndsWithFour() {
        Ended tooLong = runTiny("generate", "--model", "smollm2", "--prompt", "word ".repeat(9000));
        assertThat(tooLong.code).isEqualTo(4);
        assertThat(tooLong.err).contains("window");
    }

    @Test
    void scoringTextThatIsNoneSaysSo() throws IOException {
        Path bytes = Files.write(directory.resolve("bytes"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        Ended score = runTiny("score", "--model", "smollm2", "--file", bytes.toString());
        assertThat(score.code).isEqualTo(2);
        assertThat(score.err).contains("UTF-8");
        Path empty = Files.writeString(directory.resolve("empty"), "");
        assertThat(runTiny("score", "--model", "smollm2", "--file", empty.toString()).code)
                .isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generate --model smollm2 --prompt x --threads -1",
                "generate --model smollm2 --prompt x --threads 0",
                "generate --model smollm2 --prompt x --threads 2147483647",
                "generate --model smollm2 --prompt x --threads many",
                "generate --model smollm2 --prompt x --seed 0x",
                "generate --model smollm2 --prompt x --seed 99999999999999999999",
                "generate --model smollm2 --prompt x --max-tokens 0",
                "generate --model smollm2 --prompt x --max-tokens -1",
                "generate --model smollm2 --prompt x --temperature NaN",
                "generate --model smollm2 --prompt x --temperature Infinity",
                "bench --model smollm2 --prompt-tokens 2147483647",
                "bench --model smollm2 --prompt-tokens -1",
                "bench --model smollm2 --new-tokens 1",
                "bench --model smollm2 --runs 2147483647",
                "score --model smollm2",
                "import only.gguf",
                "import a.gguf b --weights int3",
                "chat --max-tokens 0",
                "chat --threshold NaN",
                "demo --threshold NaN",
                "demo --threshold high",
            })
    void refusesHostileOptionsBeforeAnyWork(String command) {
        Ended ended = run(command.split(" "));
        assertThat(ended.code).as(ended.err).isEqualTo(2);
        assertThat(ended.out).isEmpty();
        assertThat(ended.err).startsWith("tandem: ").doesNotContain("Exception", "\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t"})
    void aBlankPromptEndsWithFour(String prompt) {
        Ended ended = run("generate", "--model", "smollm2", "--prompt", prompt, "--json");
        assertThat(ended.code).isEqualTo(4);
        assertThat(ended.out).isEmpty();
        assertThat(ended.err).contains("--prompt is blank");
    }

    @Test
    void anEmptyRawPromptAndAnAnswerLongerThanTheWindowEndWithFour() {
        assertThat(runTiny("generate", "--model", "smollm2", "--prompt", "", "--raw").code)
                .isEqualTo(4);
        Ended endless =
                runTiny("generate", "--model", "smollm2", "--prompt", "x", "--max-tokens", "2147483647", "--json");
        assertThat(endless.code).isEqualTo(4);
        assertThat(endless.err).contains("2147483647", "window");
    }

    @Test
    void aFileThatIsNoTextToReadIsNamed() throws IOException {
        Ended ended = run("score", "--model", "smollm2", "--file", directory.toString());
        assertThat(ended.code).isEqualTo(2);
        assertThat(ended.err).contains(directory + " is a directory");
        Path endless = Path.of("/dev/zero");
        if (Files.exists(endless)) {
            assertThat(run("score", "--model", "smollm2", "--file", endless.toString()).err)
                    .contains(endless + " has more than");
        }
        Path secret = Files.writeString(directory.resolve("secret"), "text");
        assertThat(secret.toFile().setReadable(false)).isTrue();
        assumeFalse(Files.isReadable(secret), "this user may read everything");
        Ended unreadable = run("score", "--model", "smollm2", "--file", secret.toString());
        assertThat(unreadable.code).isEqualTo(2);
        assertThat(unreadable.err).contains(secret + " may not be read");
    }

    @Test
    void outputThatCannotBeWrittenIsNoSuccess() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Tandem.run(
                new Surroundings(
                        NO_LARGE_MODEL,
                        InputStream.nullInputStream(),
                        new PrintStream(full, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                "--help");
        assertThat(code).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("standard output could not be written");
    }

    @Test
    void anAddressOfOllamaIsReadAsItsOwnClientReadsIt() {
        assertThat(LargeModel.ollamaUrl("localhost")).isEqualTo("http://localhost:11434");
        assertThat(LargeModel.ollamaUrl("0.0.0.0:8080")).isEqualTo("http://0.0.0.0:8080");
        assertThat(LargeModel.ollamaUrl("https://models.example.org/")).isEqualTo("https://models.example.org");
    }

    @Test
    void aLargeModelMayBearTheSmallOnesName() throws IOException {
        try (LoopbackServer server = LoopbackServer.answering("never asked")) {
            Map<String, String> environment = new HashMap<>(openAiAt(server));
            environment.put("OPENAI_MODEL", "smollm2");
            Ended chat = runTiny(environment, "/quit\n", "chat");
            assertThat(chat.code).as(chat.err).isZero();
            assertThat(chat.out).contains("SmolLM2 and remote smollm2.");
        }
    }

    @Test
    void everyCommandTellsTheVersion() {
        assertThat(run("--version").out).startsWith("tandem ");
        assertThat(run("score", "--version").out).startsWith("tandem ");
    }

    @Test
    void helpListsTheExitCodes() {
        Ended help = run("--help");
        assertThat(help.code).isZero();
        assertThat(help.out).contains("demo", "chat", "import", "generate", "score", "bench", "embed", "Exit codes");
    }

    private static Map<String, String> openAiAt(LoopbackServer server) {
        return Map.of("OPENAI_API_KEY", "secret-key", "OPENAI_BASE_URL", server.v1());
    }
}
