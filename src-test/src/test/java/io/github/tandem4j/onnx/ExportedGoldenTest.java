package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.onnx.exported.ExportedFiles;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exported graphs beside what ONNX Runtime makes of them without Tandem; {@code golden/make_exported_golden.py} made what is
 * compared with, of each prefix by itself.
 */
class ExportedGoldenTest {
    @TempDir
    static Path place;

    private static JsonNode golden;
    private static int[] ids;
    private static int[] columns;

    @BeforeAll
    static void read() throws IOException {
        golden = new ObjectMapper()
                .readTree(ExportedFiles.GOLDEN.resolve("golden.json").toFile());
        ids = ints(golden.get("ids"));
        columns = ints(golden.get("columns"));
    }

    private static int[] ints(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
    }

    private interface Work {
        void with(Decoder decoder, NativeCall call) throws OrtException;
    }

    private static void open(String graph, Work work) throws IOException, OrtException {
        Path directory = ExportedFiles.write(place.resolve(graph + System.nanoTime()), graph);
        try (Decoder decoder = Decoder.open(ModelDirectory.open(directory, null), 1);
                NativeCall call = new ActiveCalls(graph, () -> {}).begin()) {
            work.with(decoder, call);
        }
    }

    /** Float16 is what a graph with such weights computes in; beside Python's release of the runtime, it rounds at other places. */
    @ParameterizedTest
    @CsvSource({
        "plain, 0.001",
        "last, 0.001",
        "tied, 0.001",
        "grouped, 0.001",
        "merged, 0.001",
        "q4, 0.001",
        "plain_fp16, 0.02",
        "grouped_fp16, 0.02",
    })
    void logitsAreTheGraphsOwnHoweverTheTokensAreFed(String graph, float near) throws Exception {
        open(graph, (decoder, call) -> {
            try (KeyValueCache cache = decoder.cache(64, 8)) {
                for (int step :
                        new int[] {ids.length, 1, 7, 13}) { // the cache grows in the first, and is kept for others
                    cache.clear();
                    feed(decoder, call, cache, 0, ids.length, step, graph, near);
                }
                for (int kept : new int[] {33, 12, 1}) {
                    cache.cutTo(kept);
                    feed(decoder, call, cache, kept, Math.min(ids.length, kept + 9), 4, graph, near);
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "grouped", "merged", "grouped_fp16"})
    void sequencesSideBySideDoNotDisturbEachOther(String graph) throws Exception {
        open(graph, (decoder, call) -> {
            try (KeyValueCache first = decoder.cache(64, 4);
                    KeyValueCache second = decoder.cache(64, 64)) {
                feed(decoder, call, first, 0, 10, 10, graph, 0.02f);
                decoder.run(call, second, new int[] {9, 8, 7, 6, 5}, new int[] {4}, new int[1], null);
                feed(decoder, call, first, 10, 20, 1, graph, 0.02f);
                second.clear();
                feed(decoder, call, second, 0, 30, 30, graph, 0.02f);
                feed(decoder, call, first, 20, 30, 5, graph, 0.02f);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "last", "tied", "grouped", "merged", "q4", "grouped_fp16"})
    void predictionsOfSeveralPositionsAreThoseOfTheLogits(String graph) throws Exception {
        open(graph, (decoder, call) -> {
            int[] positions = {3, 11, 19};
            int[] targets = {5, 6, 7};
            List<Prediction> together;
            try (KeyValueCache cache = decoder.cache(64, 64)) {
                together = decoder.run(call, cache, Arrays.copyOf(ids, 20), positions, targets, null);
            }
            for (int i = 0; i < positions.length; i++) {
                try (KeyValueCache cache = decoder.cache(64, 64)) {
                    FloatBuffer logits = decoder.logits();
                    int[] prefix = Arrays.copyOf(ids, positions[i] + 1);
                    Prediction alone = decoder.run(
                                    call, cache, prefix, new int[] {positions[i]}, new int[] {targets[i]}, logits)
                            .get(0);
                    Prediction one = together.get(i);
                    double sum = IntStream.range(0, logits.capacity())
                            .mapToDouble(id -> Math.exp(logits.get(id)))
                            .sum();
                    assertThat(alone.logSumExp()).isCloseTo(Math.log(sum), within(1e-4));
                    assertThat(alone.targetLogit()).isEqualTo(logits.get(targets[i]));
                    assertThat(one.targetLogit()).isCloseTo(alone.targetLogit(), within(0.02));
                    assertThat(one.id()).isEqualTo(alone.id());
                    assertThat(one.entropy()).isCloseTo(alone.entropy(), within(0.02));
                }
            }
        });
    }

    /** Activations are quantised with one scale for all rows of a run, so that each way of feeding gives other numbers. */
    @Test
    void productsOf8BitIntegersStayNearToTheFloats() throws Exception {
        JsonNode floats = golden.at("/models/plain");
        open("quantized", (decoder, call) -> {
            for (int step : new int[] {ids.length, 1, 7}) {
                double error = 0;
                double graphs = 0;
                try (KeyValueCache cache = decoder.cache(64, 64)) {
                    for (int from = 0; from < ids.length; from += step) {
                        int to = Math.min(ids.length, from + step);
                        FloatBuffer logits = decoder.logits();
                        decoder.run(
                                call,
                                cache,
                                Arrays.copyOfRange(ids, from, to),
                                new int[] {to - from - 1},
                                new int[1],
                                logits);
                        for (int i = 0; i < columns.length; i++) {
                            double exact = floats.get(to - 1).get(i).asDouble();
                            error += Math.pow(logits.get(columns[i]) - exact, 2);
                            graphs += Math.pow(
                                    golden.at("/models/quantized")
                                                    .get(to - 1)
                                                    .get(i)
                                                    .asDouble()
                                            - exact,
                                    2);
                        }
                    }
                }
                assertThat(error).as("in steps of " + step).isLessThan(2 * graphs);
            }
        });
    }

    @Test
    void statesBeforeTheHeadAreTakenOnlyWhereTheyAreWanted() throws Exception {
        for (String graph : List.of("plain", "last", "tied", "grouped", "q4", "grouped_fp16", "quantized")) {
            open(graph, (decoder, call) -> {
                assertThat(decoder.hiddenOutputs()).as(graph).containsExactly(NextTokenOutputs.HIDDEN_FINAL);
                assertThat(decoder.width()).isEqualTo(32);
                float[] state = new float[32];
                try (KeyValueCache cache = decoder.cache(64, 64)) {
                    decoder.run(
                            call,
                            cache,
                            ids,
                            new int[] {5},
                            new int[1],
                            null,
                            decoder.hiddenOutputs(),
                            (output, rows) -> {
                                assertThat(rows.capacity()).isEqualTo(32);
                                rows.get(0, state);
                            });
                }
                assertThat(state).doesNotContain(Float.NaN);
            });
        }
        open("merged", (decoder, call) -> assertThat(decoder.hiddenOutputs()).isEmpty());
    }

    private static void feed(
            Decoder decoder,
            NativeCall call,
            KeyValueCache cache,
            int start,
            int end,
            int step,
            String graph,
            float near)
            throws OrtException {
        for (int from = start; from < end; from += step) {
            int to = Math.min(end, from + step);
            FloatBuffer logits = decoder.logits();
            decoder.run(call, cache, Arrays.copyOfRange(ids, from, to), new int[] {to - from - 1}, new int[1], logits);
            for (int i = 0; i < columns.length; i++) {
                float expected =
                        golden.at("/models/" + graph).get(to - 1).get(i).floatValue();
                assertThat(logits.get(columns[i]))
                        .as(graph + " at " + (to - 1) + " in steps of " + step + ", token " + columns[i])
                        .isCloseTo(expected, Offset.offset(near));
            }
        }
        assertThat(cache.length()).isEqualTo(end);
    }

    private static Offset<Double> within(double distance) {
        return Offset.offset(distance);
    }
}
