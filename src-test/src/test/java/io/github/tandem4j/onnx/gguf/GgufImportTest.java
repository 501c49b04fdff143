package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.OnnxModel;
import io.github.tandem4j.onnx.TextScore;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.graph.Graph;
import io.github.tandem4j.onnx.graph.WeightWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GgufImportTest {
    @TempDir
    Path place;

    static Stream<Arguments> kinds() {
        return Stream.of(TensorType.F32, TensorType.F16, TensorType.Q4_0, TensorType.Q4_1, TensorType.Q8_0)
                .flatMap(type -> Stream.of(Arguments.of(type, true), Arguments.of(type, false)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void floatImportComputesWhatTheArchitectureSays(TensorType type, boolean tied) throws IOException {
        TinyLlama tiny = new TinyLlama(type, tied, 11);
        double[] expected = new ReferenceLlama(tiny).nll(ids());

        TextScore score = score(tiny.importInto(place, Weights.FLOAT32));

        assertThat(score.tokens()).isEqualTo(expected.length);
        assertThat(furthest(score, expected)).isLessThan(1e-4);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void exactImportStaysAsCloseAsRoundedActivationsAllow(TensorType type, boolean tied) throws IOException {
        TinyLlama tiny = new TinyLlama(type, tied, 12);
        double[] expected = new ReferenceLlama(tiny).nll(ids());

        TextScore score = score(tiny.importInto(place, Weights.EXACT));

        assertThat(furthest(score, expected)).isLessThan(type.isFloat() ? 1e-4 : 1);
        double mean = Arrays.stream(expected).average().orElseThrow();
        assertThat(score.meanNll()).isCloseTo(mean, Percentage.withPercentage(type.isFloat() ? 0.01 : 1));
    }

    @Test
    void layersOfDifferentTypesAreImportedEachAsItIs() throws IOException {
        TinyLlama tiny = TinyLlama.of(TensorType.Q4_1)
                .tensor(
                        "token_embd.weight",
                        TensorType.Q8_0,
                        TinyLlama.HIDDEN,
                        TinyLlama.of(TensorType.F32).vocabulary())
                .tensor("blk.0.attn_v.weight", TensorType.F16, TinyLlama.HIDDEN, 32)
                .tensor("blk.1.ffn_down.weight", TensorType.Q4_0, TinyLlama.FEED_FORWARD, TinyLlama.HIDDEN)
                .tensor("blk.1.ffn_up.weight", TensorType.F32, TinyLlama.HIDDEN, TinyLlama.FEED_FORWARD);

        TextScore score = score(tiny.importInto(place, Weights.EXACT));

        assertThat(furthest(score, new ReferenceLlama(tiny).nll(ids()))).isLessThan(1);
    }

    /** The sums of their blocks would take gigabytes. */
    @Test
    void longRowsWithMinimumsAreRefused() throws IOException {
        GgufTensor longRow = new GgufTensor("long", TensorType.Q4_1, List.of(1L << 17), 0);
        Path path = Files.write(
                place.resolve("long.gguf"),
                new GgufBytes()
                        .header(1, 0)
                        .tensor("long", 3, 0, 1 << 17)
                        .align()
                        .raw(new byte[(int) longRow.bytes()])
                        .toBytes());
        try (GgufFile gguf = GgufFile.open(path)) {
            GraphWeights weights = new GraphWeights(
                    gguf,
                    new Graph("weights"),
                    new WeightWriter(OutputStream.nullOutputStream()),
                    Weights.EXACT,
                    Set.of());

            assertThatThrownBy(() -> weights.embedding("embedding", "ids", longRow))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("131072 columns");
        }
    }

    /** llama.cpp leaves this key of a llama unread; the network was trained with the window all the same. */
    @Test
    void everyLayerKeepsToASlidingWindowThatTheFileNames() throws IOException {
        TinyLlama tiny = TinyLlama.of(TensorType.F32).with("llama.attention.sliding_window", 7);

        TextScore score = score(tiny.importInto(place, Weights.EXACT));

        assertThat(furthest(score, new ReferenceLlama(tiny, 7).nll(ids()))).isLessThan(1e-4);
        assertThat(furthest(score, new ReferenceLlama(tiny, 8).nll(ids()))).isGreaterThan(1e-2);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of("architecture bert", tiny().with("general.architecture", "bert")),
                Arguments.of("pre-tokenizer tekken", tiny().with("tokenizer.ggml.pre", "tekken")),
                Arguments.of("tokenizer bert", tiny().with("tokenizer.ggml.model", "bert")),
                Arguments.of("llama.rope.scaling.type su", tiny().with("llama.rope.scaling.type", "su")),
                Arguments.of("llama.rope.scaling.factor 0.5", tiny().with("llama.rope.scaling.factor", 0.5f)),
                Arguments.of("llama.rope.scaling.factor NaN", tiny().with("llama.rope.scaling.factor", Float.NaN)),
                Arguments.of("llama.rope.scale_linear 1.0E10", tiny().with("llama.rope.scale_linear", 1e10f)),
                Arguments.of(
                        "llama.rope.scaling.original_context_length 0",
                        tiny().with("llama.rope.scaling.type", "yarn")
                                .with("llama.rope.scaling.original_context_length", 0)),
                Arguments.of(
                        "yarn_beta_slow 64.0",
                        tiny().with("llama.rope.scaling.type", "yarn").with("llama.rope.scaling.yarn_beta_slow", 64f)),
                Arguments.of("attn_factor Infinity", attentionFactor(Float.POSITIVE_INFINITY)),
                Arguments.of("attn_factor 4096.0", attentionFactor(4096)),
                Arguments.of("llama.rope.freq_base 1.0", tiny().with("llama.rope.freq_base", 1f)),
                Arguments.of("llama.rope.freq_base -10000.0", tiny().with("llama.rope.freq_base", -10_000f)),
                Arguments.of("rms_epsilon NaN", tiny().with("llama.attention.layer_norm_rms_epsilon", Float.NaN)),
                // No architecture has a usual one: what a model was trained with is in its file, or nobody knows it.
                Arguments.of(
                        "no llama.attention.layer_norm_rms_epsilon",
                        tiny().without("llama.attention.layer_norm_rms_epsilon")),
                Arguments.of("rms_epsilon 0.0", tiny().with("llama.attention.layer_norm_rms_epsilon", 0f)),
                Arguments.of("an integer", tiny().with("llama.attention.head_count", List.of(4, 4))),
                Arguments.of("head_count 268435460", tiny().with("llama.attention.head_count", 268_435_460)),
                Arguments.of(
                        "embedding_length 64",
                        tiny().with("llama.attention.head_count", 3).with("llama.attention.head_count_kv", 3)),
                Arguments.of("head_count 0", tiny().with("llama.attention.head_count", 0)),
                Arguments.of("head_count_kv 0", tiny().with("llama.attention.head_count_kv", 0)),
                Arguments.of("embedding_length 0", tiny().with("llama.embedding_length", 0)),
                Arguments.of("feed_forward_length 0", tiny().with("llama.feed_forward_length", 0)),
                Arguments.of("[64, 2000000000]", tiny().with("llama.feed_forward_length", 2_000_000_000)),
                Arguments.of("context_length 0", tiny().with("llama.context_length", 0)),
                Arguments.of("context_length 2147483647", tiny().with("llama.context_length", Integer.MAX_VALUE)),
                Arguments.of("context_length 4194304", tiny().with("llama.context_length", 1 << 22)),
                Arguments.of("block_count 2147483647", tiny().with("llama.block_count", Integer.MAX_VALUE)),
                Arguments.of("key_length 24", tiny().with("llama.attention.key_length", 24)),
                Arguments.of("value_length 32", tiny().with("llama.attention.value_length", 32)),
                Arguments.of(
                        "sliding_window_pattern 3 flags",
                        tiny().with("llama.attention.sliding_window", 8)
                                .with("llama.attention.sliding_window_pattern", List.of(true, false, true))),
                Arguments.of("final_logit_softcapping 30.0", tiny().with("llama.final_logit_softcapping", 30f)),
                Arguments.of("llama.logit_scale 0.5", tiny().with("llama.logit_scale", 0.5f)),
                Arguments.of(
                        "0.0 in rope_freqs.weight",
                        tiny().tensor("rope_freqs.weight", TensorType.F32, 8, 1).spoil("rope_freqs.weight", 0)),
                Arguments.of(
                        "NaN in rope_freqs.weight",
                        tiny().tensor("rope_freqs.weight", TensorType.F32, 8, 1).spoil("rope_freqs.weight", Float.NaN)),
                Arguments.of("[9, 1]", tiny().tensor("rope_freqs.weight", TensorType.F32, 9, 1)),
                Arguments.of(
                        "attn_norm.weight of type Q8_0",
                        tiny().tensor("blk.0.attn_norm.weight", TensorType.Q8_0, TinyLlama.HIDDEN, 1)),
                Arguments.of("[65, 1]", tiny().tensor("blk.0.attn_q.bias", TensorType.F32, 65, 1)),
                Arguments.of(
                        "blk.0.attn_q_norm.weight", tiny().tensor("blk.0.attn_q_norm.weight", TensorType.F32, 16, 1)),
                Arguments.of("llama.expert_count 8", tiny().with("llama.expert_count", 8)),
                Arguments.of("head_count_kv 3", tiny().with("llama.attention.head_count_kv", 3)),
                Arguments.of("llama.rope.dimension_count 8", tiny().with("llama.rope.dimension_count", 8)),
                Arguments.of("llama.block_count 0", tiny().with("llama.block_count", 0)),
                Arguments.of("no llama.embedding_length", tiny().without("llama.embedding_length")),
                Arguments.of("no tensor blk.1.ffn_up.weight", tiny().without("blk.1.ffn_up.weight")),
                Arguments.of(
                        "rope_factors_long.weight", tiny().tensor("rope_factors_long.weight", TensorType.F32, 8, 1)),
                Arguments.of("[64, 10]", tiny().tensor("token_embd.weight", TensorType.F32, 64, 10)),
                Arguments.of("merge \"t x y\"", tiny().with("tokenizer.ggml.merges", List.of("t x y"))),
                Arguments.of("eos_token_id 9999", tiny().with("tokenizer.ggml.eos_token_id", 9999)),
                Arguments.of("1 token types", tiny().with("tokenizer.ggml.token_type", List.of(1))));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusesByNameBeforeAByteIsWritten(String named, TinyLlama tiny) throws IOException {
        Path gguf = tiny.write(place.resolve("tiny.gguf"));
        Path nowhere = place.resolve("new/model");

        assertThatThrownBy(() -> GgufImport.of(gguf).into(nowhere))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(gguf.toString())
                .hasMessageContaining(named)
                .hasMessageContaining("valid");
        assertThat(nowhere.getParent()).doesNotExist();
    }

    /** A few bytes of a file would be gigabytes of positions. */
    @Test
    void tablesOfPositionsAreBoundedByTheFileAndByTheWindow() throws IOException {
        Path gguf = tiny().with("llama.context_length", 1 << 21).write(place.resolve("tiny.gguf"));

        assertThatThrownBy(() -> GgufImport.of(gguf).into(place.resolve("whole")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("llama.context_length 2097152")
                .hasMessageContaining("at most 1048576, or an import with a window");
        GgufImport.of(gguf).window(256).into(place.resolve("cut"));
        assertThat(Files.size(place.resolve("cut/model.onnx.data"))).isLessThan(2 * Files.size(gguf));
    }

    @Test
    void refusesADirectoryInUseAndLeavesItAlone() throws IOException {
        Path gguf = tiny().write(place.resolve("tiny.gguf"));
        Path used = Files.createDirectory(place.resolve("used"));
        Files.writeString(used.resolve("letter.txt"), "dear");

        assertThatThrownBy(() -> GgufImport.of(gguf).into(used))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("in use");
        assertThat(used).isDirectoryContaining("glob:**letter.txt");
    }

    @Test
    void aListenerThatThrowsLeavesNothingBehind() throws IOException {
        Path gguf = tiny().write(place.resolve("tiny.gguf"));

        assertThatThrownBy(() -> GgufImport.of(gguf)
                        .onProgress(fraction -> {
                            throw new IllegalStateException("stop");
                        })
                        .into(place.resolve("model")))
                .hasMessageContaining("stop");
        try (Stream<Path> left = Files.list(place)) {
            assertThat(left).containsExactly(gguf);
        }
    }

    @Test
    void tellsItsProgressAndWhatItWasMadeOf() throws IOException {
        List<Double> told = new ArrayList<>();
        Path gguf = tiny().write(place.resolve("tiny.gguf"));
        GgufImport.of(gguf).onProgress(told::add).into(place.resolve("model"));

        assertThat(told).isSorted().last().isEqualTo(1.0);
        assertThat(ModelFiles.json(place.resolve("model/provenance.json"), 1 << 20, "an import")
                        .at("/source/bytes")
                        .asLong())
                .isEqualTo(Files.size(gguf));
    }

    private static TinyLlama attentionFactor(float factor) {
        return tiny().with("llama.rope.scaling.attn_factor", factor);
    }

    private static TinyLlama tiny() {
        return TinyLlama.of(TensorType.F32);
    }

    private static int[] ids() {
        // Every character of this text is a token of its own.
        return TinyLlama.text(90, 3)
                .chars()
                .map(c -> c == ' ' ? 3 + ' ' : 3 + c)
                .toArray();
    }

    private static TextScore score(Path directory) {
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            return model.score(model.detokenize(ids()), 1024, fraction -> {});
        }
    }

    private static double furthest(TextScore score, double[] expected) {
        double furthest = 0;
        for (int i = 0; i < expected.length; i++) {
            furthest = Math.max(furthest, Math.abs(score.nll()[i] - expected[i]));
        }
        return furthest;
    }
}
