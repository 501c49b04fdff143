package io.github.tandem4j.onnx.exported;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An ONNX file, read without its weights. A file may hold up to 2 GB of them; they stay where they are, and what is read
 * names that place, as if they were external data in the model's own file. The runtime then maps them from there.
 */
final class WeightlessModel {
    /** What is smaller is read: shapes, axes, scales of one number. */
    private static final int SMALLEST_LEFT = 1024;

    private final Path file;

    private WeightlessModel(Path file) {
        this.file = file;
    }

    static ModelProto read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new WeightlessModel(file).model(CodedInputStream.newInstance(in, 1 << 16));
        } catch (IOException e) {
            throw new ModelFileException(file + " is no ONNX model: " + e.getMessage(), e);
        }
    }

    private ModelProto model(CodedInputStream in) throws IOException {
        UnknownFieldSet.Builder rest = UnknownFieldSet.newBuilder();
        GraphProto.Builder graph = GraphProto.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (isMessage(tag, ModelProto.GRAPH_FIELD_NUMBER)) {
                int outer = in.pushLimit(in.readRawVarint32());
                readGraph(in, graph);
                in.popLimit(outer);
            } else {
                readField(tag, in, rest);
            }
        }
        return ModelProto.parseFrom(rest.build().toByteString()).toBuilder()
                .setGraph(graph)
                .build();
    }

    private void readGraph(CodedInputStream in, GraphProto.Builder graph) throws IOException {
        UnknownFieldSet.Builder rest = UnknownFieldSet.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (isMessage(tag, GraphProto.INITIALIZER_FIELD_NUMBER)) {
                int outer = in.pushLimit(in.readRawVarint32());
                graph.addInitializer(tensor(in));
                in.popLimit(outer);
            } else {
                readField(tag, in, rest);
            }
        }
        graph.mergeFrom(rest.build().toByteString());
    }

    private TensorProto tensor(CodedInputStream in) throws IOException {
        UnknownFieldSet.Builder rest = UnknownFieldSet.newBuilder();
        long offset = -1;
        int length = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (isMessage(tag, TensorProto.RAW_DATA_FIELD_NUMBER)) {
                length = in.readRawVarint32();
                if (length < SMALLEST_LEFT) {
                    rest.mergeField(
                            TensorProto.RAW_DATA_FIELD_NUMBER,
                            UnknownFieldSet.Field.newBuilder()
                                    .addLengthDelimited(ByteString.copyFrom(in.readRawBytes(length)))
                                    .build());
                } else {
                    offset = in.getTotalBytesRead();
                    in.skipRawBytes(length);
                }
            } else {
                readField(tag, in, rest);
            }
        }
        TensorProto.Builder tensor =
                TensorProto.newBuilder().mergeFrom(rest.build().toByteString());
        if (offset >= 0) {
            tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .clearExternalData()
                    .addExternalData(entry("location", file.getFileName().toString()))
                    .addExternalData(entry("offset", Long.toString(offset)))
                    .addExternalData(entry("length", Integer.toString(length)));
        }
        return tensor.build();
    }

    private static void readField(int tag, CodedInputStream in, UnknownFieldSet.Builder rest) throws IOException {
        if (!rest.mergeFieldFrom(tag, in)) {
            throw new InvalidProtocolBufferException("it ends a group that it did not begin");
        }
    }

    private static boolean isMessage(int tag, int field) {
        return WireFormat.getTagFieldNumber(tag) == field
                && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
