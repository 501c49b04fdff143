package io.github.tandem4j.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.ByteArrayOutputStream;

/**
 * A graph of one operator, which gives a tensor more room behind its rows. It is written field by field: every model opens
 * one, and the classes of ONNX's messages would take a new process longer to load than a tenth of the model's own session.
 */
final class ResizeGraph {
    private static final int IR_VERSION = 9;
    private static final int OPSET = 18;
    private static final int PADS = 8;

    private ResizeGraph() {}

    /** Of {@code past} and {@code pads}, 4 before and 4 behind, it makes {@code present}. */
    static byte[] of(DataType type) {
        byte[] pad = message(
                field(NodeProto.INPUT_FIELD_NUMBER, "past"),
                field(NodeProto.INPUT_FIELD_NUMBER, "pads"),
                field(NodeProto.OUTPUT_FIELD_NUMBER, "present"),
                field(NodeProto.NAME_FIELD_NUMBER, "present"),
                field(NodeProto.OP_TYPE_FIELD_NUMBER, "Pad"));
        byte[] pads = field(
                TensorShapeProto.DIM_FIELD_NUMBER, field(TensorShapeProto.Dimension.DIM_VALUE_FIELD_NUMBER, PADS));
        byte[] graph = message(
                field(GraphProto.NODE_FIELD_NUMBER, pad),
                field(GraphProto.NAME_FIELD_NUMBER, "resize"),
                field(GraphProto.INPUT_FIELD_NUMBER, value("past", type, rows("capacity"))),
                field(GraphProto.INPUT_FIELD_NUMBER, value("pads", DataType.INT64, pads)),
                field(GraphProto.OUTPUT_FIELD_NUMBER, value("present", type, rows("other"))));
        return message(
                field(ModelProto.IR_VERSION_FIELD_NUMBER, IR_VERSION),
                field(ModelProto.GRAPH_FIELD_NUMBER, graph),
                field(
                        ModelProto.OPSET_IMPORT_FIELD_NUMBER,
                        message(
                                field(OperatorSetIdProto.DOMAIN_FIELD_NUMBER, ""),
                                field(OperatorSetIdProto.VERSION_FIELD_NUMBER, OPSET))));
    }

    private static byte[] rows(String tokens) {
        return message(open("rows"), open("heads"), open(tokens), open("size"));
    }

    private static byte[] open(String extent) {
        return field(
                TensorShapeProto.DIM_FIELD_NUMBER, field(TensorShapeProto.Dimension.DIM_PARAM_FIELD_NUMBER, extent));
    }

    private static byte[] value(String name, DataType type, byte[] shape) {
        byte[] tensor = message(
                field(TypeProto.Tensor.ELEM_TYPE_FIELD_NUMBER, type.getNumber()),
                field(TypeProto.Tensor.SHAPE_FIELD_NUMBER, shape));
        return message(
                field(ValueInfoProto.NAME_FIELD_NUMBER, name),
                field(ValueInfoProto.TYPE_FIELD_NUMBER, field(TypeProto.TENSOR_TYPE_FIELD_NUMBER, tensor)));
    }

    private static byte[] field(int number, String text) {
        return field(number, text.getBytes(UTF_8));
    }

    /** Of wire type 2: bytes behind their count. */
    private static byte[] field(int number, byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(number << 3 | 2);
        writeNumber(out, bytes.length);
        out.writeBytes(bytes);
        return out.toByteArray();
    }

    /** Of wire type 0: a number. */
    private static byte[] field(int number, int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(number << 3);
        writeNumber(out, value);
        return out.toByteArray();
    }

    private static void writeNumber(ByteArrayOutputStream out, int value) {
        int rest = value;
        for (; rest >= 128; rest >>>= 7) {
            out.write((rest & 127) | 128);
        }
        out.write(rest);
    }

    private static byte[] message(byte[]... fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] field : fields) {
            out.writeBytes(field);
        }
        return out.toByteArray();
    }
}
