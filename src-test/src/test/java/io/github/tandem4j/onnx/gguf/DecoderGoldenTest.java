package io.github.tandem4j.onnx.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.OnnxModel;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny decoders of each family and tensor type beside llama.cpp on the same file; {@code
 * golden/make_decoder_golden.py} made what is compared with.
 */
class DecoderGoldenTest {
    private static final Map<String, JsonNode> GOLDEN = new HashMap<>();

    /** Of the float imports, at all positions, by model and type: two tests want them. */
    private static final Map<String, double[]> FLOATS = new HashMap<>();

    @TempDir
    Path place;

    static Stream<Arguments> all() {
        return families()
                .flatMap(family -> Stream.of(Family.values())
                        .filter(each -> each.ggufName().equals(family))
                        .flatMap(each -> golden(family).get("models").properties().stream()
                                .flatMap(model -> model.getValue().get("types").properties().stream()
                                        .map(type -> Arguments.of(
                                                family, model.getKey(), TensorType.valueOf(type.getKey()))))));
    }

    static Stream<String> models() {
        return all().map(each -> (String) each.get()[1]).distinct();
    }

    static Stream<String> families() {
        return Stream.of(Family.values()).map(Family::ggufName);
    }

    /**
     * GGML looks GELU up in a table of halves, each off by up to 2^-11 of itself: over the six layers of Gemma that
     * came to 0.003 of logits of about 1, and 0.005 is let pass. In the other families all is floats.
     */
    @ParameterizedTest(name = "{1}, {2}")
    @MethodSource("all")
    void floatImportComputesLlamaCppsFloatModel(String family, String name, TensorType type) throws Exception {
        JsonNode model = golden(family).at("/models").get(name);

        double[] all = floats(family, name, type);
        int vocabulary = all.length / model.get("ids").size();
        double[] ours = Arrays.stream(ints(model.get("positions")))
                .mapToObj(position -> Arrays.copyOfRange(all, position * vocabulary, (position + 1) * vocabulary))
                .flatMapToDouble(Arrays::stream)
                .toArray();

        double[] expected = values(model.at("/types/" + type + "/float"));
        assertThat(furthest(ours, expected)).isLessThan(family.equals("gemma3") ? 5e-3 : 1e-4);
    }

    @ParameterizedTest(name = "{1}, {2}")
    @MethodSource("all")
    void exactImportIsAsCloseToTheFloatModelAsLlamaCppIs(String family, String name, TensorType type) throws Exception {
        JsonNode model = golden(family).at("/models").get(name);

        double[] ours = runEverywhere(importModel(model, family, type, Weights.EXACT), model);

        double[] floats = floats(family, name, type);
        double theirs = model.at("/types/" + type + "/distance").asDouble();
        assertThat(distance(ours, floats)).isLessThan(theirs * sameNoise(type) + 1e-4);
    }

    /**
     * llama.cpp rounds what it multiplies with a K-quant by one scale for 256 numbers, ONNX Runtime by one for 16 or
     * 32, so that ours is below. With a minimum, the rounding meets quanta from 0 on there and quanta around 0 here. In the
     * rest both do the same: two draws of one noise, which at 4,608 logits differ by 2 %.
     */
    private static double sameNoise(TensorType type) {
        return type.blockLength() == 32 && !type.hasMinimum() ? 1.03 : 1;
    }

    @ParameterizedTest
    @MethodSource("models")
    void cacheChunksAndBatchesMakeNoDifference(String name) throws Exception {
        String family = name.split(",", 2)[0];
        JsonNode model = golden(family).at("/models").get(name);
        Path directory = importModel(model, family, TensorType.F32, Weights.EXACT);
        int[] ids = ints(model.get("ids"));
        int[] others =
                IntStream.range(0, ids.length).map(i -> ids[ids.length - 1 - i]).toArray();
        int last = ids.length - 1;

        double[] whole = run(directory, model, last);

        try (GraphRun graph = new GraphRun(directory, 1, ids.length + 7)) {
            int from = 0;
            double[] chunked = {};
            for (int size = 1; from < ids.length; size++) {
                int[] chunk = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + size));
                chunked = flat(graph.logits(new int[][] {chunk}, chunk.length - 1));
                from += chunk.length;
            }
            assertThat(furthest(chunked, whole)).isLessThan(1e-4);
        }
        try (GraphRun graph = new GraphRun(directory, 1, ids.length)) {
            double[] single = {};
            for (int id : ids) {
                single = flat(graph.logits(new int[][] {{id}}, 0));
            }
            assertThat(furthest(single, whole)).isLessThan(1e-4);
        }
        try (GraphRun graph = new GraphRun(directory, 2, ids.length + 1)) {
            // With a cache that holds something, ONNX Runtime takes one token of each sequence at a time.
            graph.logits(new int[][] {Arrays.copyOf(ids, last), Arrays.copyOf(others, last)}, last - 1);
            float[][] both = graph.logits(new int[][] {{ids[last]}, {others[last]}}, 0, 1);
            assertThat(furthest(flat(new float[][] {both[0]}), whole)).isLessThan(1e-4);
            assertThat(furthest(flat(new float[][] {both[1]}), whole)).isGreaterThan(0.1);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void generatesAsItsGraphDoesTokenByToken(String family) throws Exception {
        JsonNode model = golden(family).at("/models").get(family);
        Path directory = importModel(model, family, TensorType.Q8_0, Weights.EXACT);
        int[] ids = ints(model.get("ids"));
        List<Integer> expected = new ArrayList<>();
        try (GraphRun graph = new GraphRun(directory, 1, ids.length + 12)) {
            float[] logits = graph.logits(new int[][] {ids}, ids.length - 1)[0];
            for (int i = 0; i < 12; i++) {
                float[] last = logits;
                int next = IntStream.range(0, last.length)
                        .reduce((a, b) -> last[b] > last[a] ? b : a)
                        .orElseThrow();
                expected.add(next);
                logits = graph.logits(new int[][] {{next}}, 0)[0];
            }
        }

        try (OnnxModel opened = OnnxModel.open(directory, 1)) {
            int[] generated = opened.generate(
                            ids, Decoding.greedy().maxTokens(12).pastTurnEnds())
                    .tokenIds();
            assertThat(generated)
                    .containsExactly(
                            expected.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void aShortWindowTakesPhisShortFactors() throws Exception {
        JsonNode models = golden("phi3").at("/models");
        JsonNode shortModel = models.get("phi3, short");
        Path gguf = Files.write(
                place.resolve("long.gguf"),
                SeededGguf.of(models.get("phi3, long"), golden("phi3").get("tokenizer"), TensorType.F32));
        Path directory = place.resolve("windowed");
        GgufImport.of(gguf).window(256).into(directory);

        double[] ours = run(directory, shortModel, ints(shortModel.get("positions")));

        assertThat(furthest(ours, values(shortModel.at("/types/F32/float")))).isLessThan(1e-3);
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            assertThat(model.window()).isEqualTo(256);
        }
    }

    private double[] floats(String family, String name, TensorType type) throws Exception {
        double[] known = FLOATS.get(name + type);
        if (known == null) {
            JsonNode model = golden(family).at("/models").get(name);
            known = runEverywhere(importModel(model, family, type, Weights.FLOAT32), model);
            FLOATS.put(name + type, known);
        }
        return known;
    }

    private static double[] runEverywhere(Path directory, JsonNode model) throws OrtException {
        return run(directory, model, IntStream.range(0, model.get("ids").size()).toArray());
    }

    private static double[] run(Path directory, JsonNode model, int... positions) throws OrtException {
        int[] ids = ints(model.get("ids"));
        try (GraphRun graph = new GraphRun(directory, 1, ids.length)) {
            return flat(graph.logits(new int[][] {ids}, positions));
        }
    }

    private Path importModel(JsonNode model, String family, TensorType type, Weights weights) throws IOException {
        byte[] bytes = SeededGguf.of(model, golden(family).get("tokenizer"), type);
        assertThat(sha256(bytes))
                .isEqualTo(model.at("/types/" + type + "/sha256").asText());
        Path gguf = Files.write(place.resolve("model.gguf"), bytes);
        Path directory = place.resolve("model-" + weights);
        GgufImport.of(gguf).weights(weights).into(directory);
        return directory;
    }

    private static double[] flat(float[][] rows) {
        return Arrays.stream(rows)
                .flatMapToDouble(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]))
                .toArray();
    }

    private static double furthest(double[] a, double[] b) {
        assertThat(a).hasSameSizeAs(b);
        return IntStream.range(0, a.length)
                .mapToDouble(i -> Math.abs(a[i] - b[i]))
                .max()
                .orElseThrow();
    }

    /** The root of the mean square, over all logits of all positions: the largest alone would be a matter of luck. */
    private static double distance(double[] a, double[] b) {
        assertThat(a).hasSameSizeAs(b);
        return Math.sqrt(IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                .average()
                .orElseThrow());
    }

    private static double[] values(JsonNode text) {
        ByteBuffer bytes =
                ByteBuffer.wrap(Base64.getDecoder().decode(text.asText())).order(ByteOrder.LITTLE_ENDIAN);
        return IntStream.range(0, bytes.limit() / Float.BYTES)
                .mapToDouble(i -> bytes.getFloat(i * Float.BYTES))
                .toArray();
    }

    private static int[] ints(JsonNode array) {
        List<Integer> ints = new ArrayList<>();
        array.forEach(each -> ints.add(each.asInt()));
        return ints.stream().mapToInt(Integer::intValue).toArray();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode golden(String family) {
        return GOLDEN.computeIfAbsent(family, name -> {
            try {
                return new ObjectMapper()
                        .readTree(Path.of("golden/decoders-" + name + "-golden.json")
                                .toFile());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
