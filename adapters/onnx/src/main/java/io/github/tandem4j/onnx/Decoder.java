package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.exported.ExportedGraph;
import io.github.tandem4j.onnx.exported.ExportedModel;
import io.github.tandem4j.onnx.files.ExternalWeights;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.graph.CacheShape;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import io.github.tandem4j.onnx.graph.RuntimeEnvironment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The session that runs a decoder's graph. Layers, heads and vocabulary are read from the graph. Thread-safe; each
 * generation brings a cache of its own.
 */
final class Decoder implements AutoCloseable {
    /** Small results of each run; the logits join them only when somebody samples. */
    private static final Set<String> SUMMARY =
            Set.of("top_ids", "top_logits", "top_probabilities", "mean_logit", "target_logit");

    /** What keys and values of a token may take in any case. */
    private static final long USUAL_TOKEN = 1 << 16;

    /** Of logits and states; vocabularies have up to a quarter of a million. */
    private static final int MOST_COLUMNS = 1 << 24;

    private static final String WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path";

    /** What the import writes is fused already: more than this finds nothing, and looks for it at every open. */
    private static final OrtSession.SessionOptions.OptLevel OF_IMPORTS = OrtSession.SessionOptions.OptLevel.BASIC_OPT;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final CacheMemory memory;
    private final OpenWeights weights;
    private final int vocabulary;
    private final int width;
    private final boolean takesRows;
    private final Set<String> hiddenOutputs;
    private final List<String> sharedPresents;
    private final LongAdder fed = new LongAdder();

    private Decoder(
            OrtEnvironment environment,
            OrtSession session,
            CacheMemory memory,
            OpenWeights weights,
            int vocabulary,
            int width,
            boolean takesRows) {
        this.environment = environment;
        this.session = session;
        this.memory = memory;
        this.weights = weights;
        this.vocabulary = vocabulary;
        this.width = width;
        this.takesRows = takesRows;
        this.hiddenOutputs = session.getOutputNames().stream()
                .filter(output -> output.startsWith("hidden."))
                .collect(Collectors.toUnmodifiableSet());
        this.sharedPresents = session.getOutputNames().stream()
                .filter(output -> !RowwiseGraph.sharedWith(output).equals(output))
                .toList();
    }

    /** The decoder in a directory that the GGUF import wrote. */
    static Decoder open(Path directory, int threads) {
        Path model = directory.resolve(ModelFiles.MODEL);
        ExternalWeights.check(model);
        return open(model, threads, List.of(model.resolveSibling(ModelFiles.WEIGHTS)), (environment, options) -> {
            options.setOptimizationLevel(OF_IMPORTS);
            return environment.createSession(model.toString(), options);
        });
    }

    static Decoder open(ModelDirectory directory, int threads) {
        Path model = directory.model();
        ExportedModel exported = directory.exported();
        if (exported == null) {
            return open(directory.path(), threads);
        }
        byte[] graph = ExportedGraph.of(exported, directory.vocabulary()).toByteArray();
        Decoder decoder = open(model, threads, exported.weights(), (environment, options) -> {
            options.addConfigEntry(WEIGHTS_FOLDER, exported.folder().toString());
            // Exporters leave behind what nothing uses, and each would be a line of warning.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            return environment.createSession(graph, options);
        });
        try {
            TrialRun.of(model, decoder);
            return decoder;
        } catch (RuntimeException | Error e) {
            try {
                decoder.close();
            } catch (OrtException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /**
     * The same model as another graph, which computes as many tokens a run as {@link RowwiseGraph} was made for; empty if
     * it cannot be made.
     */
    static Optional<Decoder> openRowwise(ModelDirectory directory, int threads, int rows) {
        if (directory.exported() != null) {
            return Optional.empty();
        }
        Path model = directory.model();
        ModelProto proto;
        try {
            byte[] bytes = Files.readAllBytes(model);
            ExternalWeights.check(model, bytes);
            proto = ModelProto.parseFrom(bytes);
        } catch (IOException e) {
            throw new ModelFileException(model + " cannot be read any more: " + e.getMessage(), e);
        }
        List<Path> weights = List.of(model.resolveSibling(ModelFiles.WEIGHTS));
        return RowwiseGraph.of(proto, rows)
                .map(rowwise -> open(model, threads, weights, (environment, options) -> {
                    options.addConfigEntry(
                            WEIGHTS_FOLDER, model.toAbsolutePath().getParent() + "");
                    options.setOptimizationLevel(OF_IMPORTS);
                    return environment.createSession(rowwise.toByteArray(), options);
                }));
    }

    /** Makes a session of options. */
    private interface Maker {
        OrtSession of(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException;
    }

    private static Decoder open(Path model, int threads, Collection<Path> files, Maker maker) {
        OpenWeights weights = OpenWeights.of(files);
        try {
            return open(model, threads, weights, maker);
        } catch (RuntimeException | Error e) { // a native library that cannot be loaded is an error
            weights.close();
            throw e;
        }
    }

    private static Decoder open(Path model, int threads, OpenWeights weights, Maker maker) {
        OrtEnvironment environment = RuntimeEnvironment.get();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Threads that spin for work by default starve the caller when other threads of the process want the same
            // cores. Spinning briefly and ever more lazily costs nothing on an idle machine; see RESULTS.md.
            options.addConfigEntry("session.intra_op.spin_duration_us", "200");
            options.addConfigEntry("session.intra_op.spin_backoff_max", "64");
            OrtSession session = maker.of(environment, options);
            try {
                return of(environment, session, weights, model);
            } catch (OrtException | IOException | RuntimeException | Error e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new ModelFileException(model + " is no model that ONNX Runtime runs: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ModelFileException(model + " cannot be read any more: " + e.getMessage(), e);
        }
    }

    private static Decoder of(OrtEnvironment environment, OrtSession session, OpenWeights weights, Path model)
            throws OrtException, IOException {
        Set<String> missing = new HashSet<>(SUMMARY);
        missing.add("logits");
        missing.removeAll(session.getOutputNames());
        if (!missing.isEmpty()) {
            throw new ModelFileException(
                    model + " has no outputs " + missing + "; valid: a decoder made by the GGUF import");
        }
        List<CacheMemory.CacheTensor> caches = new ArrayList<>();
        for (NodeInfo input : session.getInputInfo().values()) {
            if (input.getName().startsWith("past_key_values.") && input.getInfo() instanceof TensorInfo info) {
                long[] shape = info.getShape();
                if (shape.length != 4 || !CacheShape.isExtent(shape[1]) || !CacheShape.isExtent(shape[3])) {
                    throw new ModelFileException(model + " has the input " + input.getName() + " of "
                            + Arrays.toString(shape) + "; valid: [batch, heads, tokens, head size], with heads and size"
                            + " given, at most " + CacheShape.MOST + " each");
                }
                caches.add(new CacheMemory.CacheTensor(
                        input.getName(),
                        input.getName().replace("past_key_values.", "present."),
                        shape[1],
                        shape[3],
                        info.type == OnnxJavaType.FLOAT16 ? DataType.FLOAT16 : DataType.FLOAT));
            }
        }
        requireCaches(model, caches, weights.bytes());
        int vocabulary = columns(model, session, "logits");
        int width = session.getOutputNames().contains(NextTokenOutputs.HIDDEN_FINAL)
                ? columns(model, session, NextTokenOutputs.HIDDEN_FINAL)
                : 0;
        boolean takesRows = rows(session) < 0;
        // Last, so that nothing is refused when it has sessions of its own.
        CacheMemory memory = new CacheMemory(environment, List.copyOf(caches));
        return new Decoder(environment, session, memory, weights, vocabulary, width, takesRows);
    }

    /**
     * Keys and values are what weights make of a token's state, and a state has more numbers than a number has bytes; so a
     * token's take less than the weights do. Shapes that claim more have nothing behind them but the memory they ask for.
     */
    private static void requireCaches(Path model, List<CacheMemory.CacheTensor> caches, long weightBytes)
            throws IOException {
        long bytes = caches.stream()
                .mapToLong(CacheMemory.CacheTensor::bytesPerToken)
                .sum();
        long most = Math.max(USUAL_TOKEN, Files.size(model) + weightBytes);
        if (bytes > most) {
            throw new ModelFileException(model + " has inputs past_key_values.N.key and .value of " + bytes
                    + " bytes a token; valid: at most the " + most + " that its weights take");
        }
    }

    /** How many sequences a run has; below zero if that is open. */
    private static long rows(OrtSession session) throws OrtException {
        TensorInfo info = (TensorInfo)
                requireNonNull(session.getInputInfo().get("input_ids")).getInfo();
        return info.getShape()[0];
    }

    private static int columns(Path model, OrtSession session, String output) throws OrtException {
        TensorInfo info =
                (TensorInfo) requireNonNull(session.getOutputInfo().get(output)).getInfo();
        long[] shape = info.getShape();
        if (shape.length != 2 || shape[1] < 1 || shape[1] > MOST_COLUMNS) {
            throw new ModelFileException(model + " has the output " + output + " of " + Arrays.toString(shape)
                    + "; valid: [positions, columns], with columns given, at most " + MOST_COLUMNS);
        }
        return (int) shape[1];
    }

    int vocabulary() {
        return vocabulary;
    }

    /** The outputs with hidden states: {@code hidden.1} and on, and {@code hidden.final}; of an exported graph, at most the last. */
    Set<String> hiddenOutputs() {
        return hiddenOutputs;
    }

    /** Whether several sequences may be computed at once, each in a row; an exported graph takes one at a time. */
    boolean takesRows() {
        return takesRows;
    }

    /** How many tokens have been computed in all. */
    long fed() {
        return fed.sum();
    }

    /** How many numbers a hidden state has; 0 if there is none. */
    int width() {
        return width;
    }

    StatePool pool(ReadingPlan plan) {
        return new StatePool(plan, width);
    }

    /** Memory that a run writes one position's logits into. */
    FloatBuffer logits() {
        return logits(1);
    }

    FloatBuffer logits(int positions) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(positions, vocabulary * Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** Where the caches' memory comes from. */
    CacheMemory memory() {
        return memory;
    }

    KeyValueCache cache(int window, int capacity) throws OrtException {
        return new KeyValueCache(memory, window, capacity);
    }

    /**
     * Appends tokens to the sequence and predicts what follows some of them.
     *
     * @param positions the indices into {@code ids} after which a prediction is wanted
     * @param targets the token asked about at each position
     * @param logits takes the logits of the one position; null if they are not wanted
     */
    List<Prediction> run(
            NativeCall call,
            KeyValueCache cache,
            int[] ids,
            int[] positions,
            int[] targets,
            @Nullable FloatBuffer logits)
            throws OrtException {
        return run(call, cache, ids, positions, targets, logits, Set.of(), (output, rows) -> {});
    }

    /**
     * The same, giving away hidden states, which cost nothing where none is wanted.
     *
     * @param hidden the outputs wanted, of {@link #hiddenOutputs()}
     * @param rows takes each of them, with a row a token, or for the final one a row a position
     */
    List<Prediction> run(
            NativeCall call,
            KeyValueCache cache,
            int[] ids,
            int[] positions,
            int[] targets,
            @Nullable FloatBuffer logits,
            Set<String> hidden,
            BiConsumer<String, FloatBuffer> rows)
            throws OrtException {
        Set<String> wantedOutputs = SUMMARY;
        if (!hidden.isEmpty()) {
            wantedOutputs = new HashSet<>(SUMMARY);
            wantedOutputs.addAll(hidden);
        }
        weights.requireUnchanged();
        int total = cache.length() + ids.length;
        cache.reserve(total);
        Map<String, OnnxTensor> inputs = cache.pasts();
        Map<String, OnnxTensor> pinned = cache.presents();
        sharedPresents.forEach(
                output -> pinned.put(output, requireNonNull(pinned.get(RowwiseGraph.sharedWith(output)))));
        try (OnnxTensor tokens = longs(ids, 1, ids.length);
                OnnxTensor places = longs(positions, positions.length);
                OnnxTensor wanted = longs(targets, targets.length, 1);
                OnnxTensor lengths = ints(total - 1);
                OnnxTensor totals = ints(total);
                PinnedFloats pinnedLogits = PinnedFloats.of(environment, logits, vocabulary)) {
            inputs.put("input_ids", tokens);
            inputs.put("positions", places);
            inputs.put("targets", wanted);
            inputs.put("seqlens_k", lengths);
            inputs.put("total_sequence_length", totals);
            pinnedLogits.addTo(pinned, "logits");
            try (OrtSession.Result result = session.run(inputs, wantedOutputs, pinned, call.options())) {
                cache.append(ids);
                fed.add(ids.length);
                for (String output : hidden) {
                    rows.accept(output, tensor(result, output).getFloatBuffer());
                }
                return predictions(result, positions.length);
            }
        }
    }

    /**
     * Appends a token to each of several sequences, which lie in the rows of one allocation, and predicts what follows in
     * some of them. The others' tokens are written too, behind what they hold.
     *
     * @param lengths how many tokens each row holds
     * @param positions the rows in which a prediction is wanted
     * @param logits takes the logits of those; null if they are not wanted
     * @param hidden the outputs wanted, of {@link #hiddenOutputs()}
     * @param states takes each of them, with a line a row, or for the final one a line a position
     */
    List<Prediction> runRows(
            OrtSession.RunOptions options,
            CacheMemory.Allocation rows,
            int[] tokens,
            int[] lengths,
            int[] positions,
            @Nullable FloatBuffer logits,
            Set<String> hidden,
            BiConsumer<String, FloatBuffer> states)
            throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        Map<String, OnnxTensor> pinned = new HashMap<>();
        for (int i = 0; i < memory.tensors().size(); i++) {
            inputs.put(memory.tensors().get(i).past(), rows.tensor(i));
            pinned.put(memory.tensors().get(i).present(), rows.tensor(i));
        }
        weights.requireUnchanged();
        Set<String> wantedOutputs = new HashSet<>(SUMMARY);
        wantedOutputs.addAll(hidden);
        FloatBuffer scores = logits == null ? null : logits.slice(0, positions.length * vocabulary);
        try (OnnxTensor ids = longs(tokens, tokens.length, 1);
                OnnxTensor places = longs(positions, positions.length);
                OnnxTensor targets = longs(new int[positions.length], positions.length, 1);
                OnnxTensor before = OnnxTensor.createTensor(
                        environment, IntBuffer.wrap(lengths.clone()), new long[] {lengths.length});
                OnnxTensor totals = ints(Arrays.stream(lengths).max().orElse(0) + 1);
                PinnedFloats pinnedLogits = PinnedFloats.of(environment, scores, positions.length, vocabulary)) {
            inputs.put("input_ids", ids);
            inputs.put("positions", places);
            inputs.put("targets", targets);
            inputs.put("seqlens_k", before);
            inputs.put("total_sequence_length", totals);
            pinnedLogits.addTo(pinned, "logits");
            try (OrtSession.Result result = session.run(inputs, wantedOutputs, pinned, options)) {
                fed.add(positions.length);
                for (String output : hidden) {
                    states.accept(output, tensor(result, output).getFloatBuffer());
                }
                return predictions(result, positions.length);
            }
        }
    }

    private static List<Prediction> predictions(OrtSession.Result result, int count) {
        LongBuffer topIds = tensor(result, "top_ids").getLongBuffer();
        FloatBuffer topLogits = tensor(result, "top_logits").getFloatBuffer();
        FloatBuffer topProbabilities = tensor(result, "top_probabilities").getFloatBuffer();
        FloatBuffer means = tensor(result, "mean_logit").getFloatBuffer();
        FloatBuffer targetLogits = tensor(result, "target_logit").getFloatBuffer();
        List<Prediction> predictions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            predictions.add(Prediction.of(
                    topIds.get(2 * i),
                    topLogits.get(2 * i),
                    topProbabilities.get(2 * i),
                    topProbabilities.get(2 * i + 1),
                    means.get(i),
                    targetLogits.get(i)));
        }
        return predictions;
    }

    private static OnnxTensor tensor(OrtSession.Result result, String name) {
        return (OnnxTensor) result.get(name).orElseThrow();
    }

    private OnnxTensor longs(int[] values, long... shape) throws OrtException {
        LongBuffer buffer = LongBuffer.allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            buffer.put(i, values[i]);
        }
        return OnnxTensor.createTensor(environment, buffer, shape);
    }

    private OnnxTensor ints(int value) throws OrtException {
        return OnnxTensor.createTensor(environment, IntBuffer.wrap(new int[] {value}), new long[] {1});
    }

    @Override
    public void close() throws OrtException {
        try {
            memory.close();
        } finally {
            session.close();
            weights.close();
        }
    }
}
