package io.github.tandem4j.onnx.exported;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.graph.CacheShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What an exported decoder takes and gives, read from its graph. What is not known is refused by its name: a number that
 * nobody feeds would be a number that is wrong.
 *
 * @param known the inputs besides the caches
 * @param caches in the order of the layers
 */
record ExportedInputs(Map<Known, ValueInfoProto> known, List<ExportedCache> caches) {
    private static final Pattern PAST = Pattern.compile("past(?:_key_values)?[._](\\d{1,4})[._](key|value)");
    private static final Pattern PRESENT = Pattern.compile("present(?:_key_values)?[._](\\d{1,4})[._](key|value)");

    /** The inputs of which it is known what they mean. */
    enum Known {
        INPUT_IDS("input_ids", 2),
        ATTENTION_MASK("attention_mask", 2),
        POSITION_IDS("position_ids", 2),
        CACHE_POSITION("cache_position", 1),
        USE_CACHE_BRANCH("use_cache_branch", 1),
        NUM_LOGITS_TO_KEEP("num_logits_to_keep", 1),
        LOGITS_TO_KEEP("logits_to_keep", 1);

        private final String input;
        private final int rank;

        Known(String input, int rank) {
            this.input = input;
            this.rank = rank;
        }

        private static Map<String, Known> byName() {
            Map<String, Known> names = new TreeMap<>();
            for (Known each : values()) {
                names.put(each.input, each);
            }
            return names;
        }

        /** Numbers that are one may come as a vector of one, or bare. */
        private boolean hasRank(int found) {
            return found == rank || (rank == 1 && found == 0 && this != CACHE_POSITION);
        }

        private boolean hasType(DataType type) {
            return this == USE_CACHE_BRANCH
                    ? type == DataType.BOOL
                    : type == DataType.INT64
                            || type == DataType.INT32
                            || (this == ATTENTION_MASK && (type == DataType.BOOL || type == DataType.FLOAT));
        }
    }

    static ExportedInputs of(Path file, GraphProto graph) {
        Map<String, Known> names = Known.byName();
        Map<Known, ValueInfoProto> known = new TreeMap<>();
        Map<String, ValueInfoProto> pasts = new TreeMap<>();
        Set<String> initialized = new HashSet<>();
        graph.getInitializerList().forEach(tensor -> initialized.add(tensor.getName()));
        for (ValueInfoProto input : graph.getInputList()) {
            String name = input.getName();
            Known meaning = names.get(name);
            Matcher past = PAST.matcher(name);
            if (past.matches()) {
                pasts.put(layer(past), input);
            } else if (meaning != null) {
                if (!meaning.hasRank(rank(input)) || !meaning.hasType(type(input))) {
                    throw new ModelFileException(file + " has the input " + described(input) + "; valid: integers of "
                            + meaning.rank + " extents" + (meaning == Known.USE_CACHE_BRANCH ? ", or a flag" : ""));
                }
                known.put(meaning, input);
            } else if (!initialized.contains(name)) { // which has a value if nobody gives one
                throw new ModelFileException(file + " has the input " + described(input)
                        + ", which is not known; valid: " + String.join(", ", names.keySet())
                        + ", past_key_values.N.key and past_key_values.N.value");
            }
        }
        if (!known.containsKey(Known.INPUT_IDS)) {
            throw new ModelFileException(file + " has no input input_ids, but "
                    + graph.getInputList().stream().map(ValueInfoProto::getName).collect(Collectors.joining(", "))
                    + "; valid: a decoder that takes tokens");
        }
        return new ExportedInputs(Map.copyOf(known), caches(file, graph, pasts));
    }

    private static List<ExportedCache> caches(Path file, GraphProto graph, Map<String, ValueInfoProto> pasts) {
        if (pasts.isEmpty()) {
            throw new ModelFileException(
                    file + " has no inputs past_key_values.N.key; valid: a decoder that was exported"
                            + " with a cache, as the task text-generation-with-past of Optimum does");
        }
        Map<String, ValueInfoProto> presents = new TreeMap<>();
        for (ValueInfoProto output : graph.getOutputList()) {
            Matcher present = PRESENT.matcher(output.getName());
            if (present.matches()) {
                presents.put(layer(present), output);
            }
        }
        List<ExportedCache> caches = new ArrayList<>();
        pasts.forEach((layer, past) -> {
            ValueInfoProto present = presents.get(layer);
            DataType type = type(past);
            boolean isNumbers = type == DataType.FLOAT || type == DataType.FLOAT16;
            if (!isNumbers
                    || rank(past) != 4
                    || !CacheShape.isExtent(extent(past, 1))
                    || !CacheShape.isExtent(extent(past, 3))) {
                throw new ModelFileException(file + " has the input " + described(past)
                        + "; valid: float or float16 of [batch, heads, tokens, head size], with heads and size given,"
                        + " at most "
                        + CacheShape.MOST + " each");
            }
            if (present == null || type(present) != type) {
                throw new ModelFileException(file + " has the input " + past.getName() + " and "
                        + (present == null ? "no output" : "the output " + described(present))
                        + " to take its place; valid: present." + layer + " of " + type);
            }
            int dot = layer.indexOf('.');
            String name = Integer.parseInt(layer.substring(0, dot)) + layer.substring(dot);
            caches.add(
                    new ExportedCache(past.getName(), present.getName(), name, extent(past, 1), extent(past, 3), type));
        });
        return List.copyOf(caches);
    }

    /** With zeros in front, so that layers are in their order. */
    private static String layer(Matcher name) {
        return "%04d".formatted(Integer.parseInt(name.group(1))) + "." + name.group(2);
    }

    static DataType type(ValueInfoProto value) {
        DataType type = DataType.forNumber(value.getType().getTensorType().getElemType());
        return type == null ? DataType.UNDEFINED : type;
    }

    static int rank(ValueInfoProto value) {
        TypeProto.Tensor tensor = value.getType().getTensorType();
        return tensor.hasShape() ? tensor.getShape().getDimCount() : -1;
    }

    /** An extent that is given; 0 if it is open. */
    static long extent(ValueInfoProto value, int dimension) {
        TensorShapeProto shape = value.getType().getTensorType().getShape();
        return dimension < shape.getDimCount() ? shape.getDim(dimension).getDimValue() : 0;
    }

    static String described(ValueInfoProto value) {
        return value.getName() + " of " + type(value) + " "
                + value.getType().getTensorType().getShape().getDimList().stream()
                        .map(dim -> dim.hasDimParam() ? dim.getDimParam() : Long.toString(dim.getDimValue()))
                        .collect(Collectors.joining(", ", "[", "]"));
    }
}
