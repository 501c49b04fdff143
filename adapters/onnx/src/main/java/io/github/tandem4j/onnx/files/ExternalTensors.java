package io.github.tandem4j.onnx.files;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tensors of an ONNX file that lie in other files, wherever in the graph they are. Only what leads to them is
 * read, by its field numbers: to load the classes of all messages takes a new process longer than to map the weights.
 */
final class ExternalTensors {
    /** Each graph within a graph is three messages down: node, attribute, graph. */
    private static final int DEEPEST = 200;

    /** The messages that lead to tensors. */
    private enum Message {
        MODEL,
        GRAPH,
        FUNCTION,
        NODE,
        ATTRIBUTE,
        SPARSE_TENSOR,
        TENSOR
    }

    private final CodedInputStream in;
    private final BiConsumer<String, Map<String, String>> each;

    private ExternalTensors(CodedInputStream in, BiConsumer<String, Map<String, String>> each) {
        this.in = in;
        this.each = each;
    }

    /**
     * Reads a file.
     *
     * @param each takes each of the tensors: its name, and what is said of where it lies
     * @throws IOException if these bytes are no ONNX model, or none that all readers understand alike
     */
    static void read(byte[] model, BiConsumer<String, Map<String, String>> each) throws IOException {
        new ExternalTensors(CodedInputStream.newInstance(model), each).message(Message.MODEL, 0);
    }

    private void message(Message message, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new InvalidProtocolBufferException("graphs within graphs, more than " + DEEPEST + " messages deep");
        }
        long seen = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            Message next = isMessage(tag) ? next(message, field) : null;
            if (next == null) {
                skip(tag);
                continue;
            }
            // Readers merge a part that comes again with the one before, and see a tensor that neither part shows.
            if (isSingle(message, field) && (seen & 1L << field) != 0) {
                throw new InvalidProtocolBufferException("field " + field + " twice in one " + message);
            }
            seen |= 1L << field;
            int outer = in.pushLimit(in.readRawVarint32());
            if (next == Message.TENSOR) {
                tensor();
            } else {
                message(next, depth + 1);
            }
            in.checkLastTagWas(0);
            in.popLimit(outer);
        }
    }

    private static @Nullable Message next(Message message, int field) {
        return switch (message) {
            case MODEL ->
                switch (field) {
                    case ModelProto.GRAPH_FIELD_NUMBER -> Message.GRAPH;
                    case ModelProto.FUNCTIONS_FIELD_NUMBER -> Message.FUNCTION;
                    default -> null;
                };
            case GRAPH ->
                switch (field) {
                    case GraphProto.NODE_FIELD_NUMBER -> Message.NODE;
                    case GraphProto.INITIALIZER_FIELD_NUMBER -> Message.TENSOR;
                    case GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER -> Message.SPARSE_TENSOR;
                    default -> null;
                };
            case FUNCTION ->
                switch (field) {
                    case FunctionProto.NODE_FIELD_NUMBER -> Message.NODE;
                    case FunctionProto.ATTRIBUTE_PROTO_FIELD_NUMBER -> Message.ATTRIBUTE;
                    default -> null;
                };
            case NODE -> field == NodeProto.ATTRIBUTE_FIELD_NUMBER ? Message.ATTRIBUTE : null;
            case ATTRIBUTE ->
                switch (field) {
                    case AttributeProto.T_FIELD_NUMBER, AttributeProto.TENSORS_FIELD_NUMBER -> Message.TENSOR;
                    case AttributeProto.SPARSE_TENSOR_FIELD_NUMBER, AttributeProto.SPARSE_TENSORS_FIELD_NUMBER ->
                        Message.SPARSE_TENSOR;
                    case AttributeProto.G_FIELD_NUMBER, AttributeProto.GRAPHS_FIELD_NUMBER -> Message.GRAPH;
                    default -> null;
                };
            case SPARSE_TENSOR ->
                switch (field) {
                    case SparseTensorProto.VALUES_FIELD_NUMBER, SparseTensorProto.INDICES_FIELD_NUMBER ->
                        Message.TENSOR;
                    default -> null;
                };
            case TENSOR -> null;
        };
    }

    /** Whether a message has this one once at most. */
    private static boolean isSingle(Message message, int field) {
        return switch (message) {
            case MODEL -> field == ModelProto.GRAPH_FIELD_NUMBER;
            case ATTRIBUTE ->
                field == AttributeProto.T_FIELD_NUMBER
                        || field == AttributeProto.SPARSE_TENSOR_FIELD_NUMBER
                        || field == AttributeProto.G_FIELD_NUMBER;
            case SPARSE_TENSOR -> true;
            default -> false;
        };
    }

    private void tensor() throws IOException {
        String name = "";
        Map<String, String> entries = new HashMap<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (isMessage(tag) && field == TensorProto.NAME_FIELD_NUMBER) {
                name = in.readString();
            } else if (isMessage(tag) && field == TensorProto.EXTERNAL_DATA_FIELD_NUMBER) {
                int outer = in.pushLimit(in.readRawVarint32());
                entry(entries);
                in.checkLastTagWas(0);
                in.popLimit(outer);
            } else {
                skip(tag);
            }
        }
        if (!entries.isEmpty()) {
            each.accept(name, entries);
        }
    }

    private void entry(Map<String, String> entries) throws IOException {
        String key = "";
        String value = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (isMessage(tag) && field == StringStringEntryProto.KEY_FIELD_NUMBER) {
                key = in.readString();
            } else if (isMessage(tag) && field == StringStringEntryProto.VALUE_FIELD_NUMBER) {
                value = in.readString();
            } else {
                skip(tag);
            }
        }
        if (entries.put(key, value) != null) {
            throw new InvalidProtocolBufferException("a tensor whose external data has two entries " + key);
        }
    }

    private void skip(int tag) throws IOException {
        if (!in.skipField(tag)) {
            throw new InvalidProtocolBufferException("an end of what did not begin");
        }
    }

    /** Whether a field has a length: a message, a text, bytes. */
    private static boolean isMessage(int tag) {
        return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }
}
