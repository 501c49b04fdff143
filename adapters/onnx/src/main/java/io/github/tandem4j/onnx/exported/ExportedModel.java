package io.github.tandem4j.onnx.exported;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ExternalWeights;
import io.github.tandem4j.onnx.files.Sha256;
import io.github.tandem4j.onnx.graph.Graph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A decoder's graph that somebody else's tools exported, without its weights, which stay in their files.
 *
 * @param file the model's file
 * @param proto what is in it; weights are external, and named by files in the folder
 * @param folder where the files with the weights lie, behind any links
 * @param weights those files
 * @param fingerprint SHA-256, in hexadecimal digits, of the graph and of a sample of each weight
 */
public record ExportedModel(Path file, ModelProto proto, Path folder, Set<Path> weights, String fingerprint) {
    /** Bytes of each weight, from its middle. To train a model changes every weight; to read all takes seconds. */
    private static final int SAMPLE = 1024;

    /**
     * Reads a graph. Weights are read no further than their sample, so that a model of any size is opened at once.
     *
     * @param file the model's file
     * @return the graph
     * @throws ModelFileException if it is no ONNX model, or takes weights from elsewhere than beside it
     */
    public static ExportedModel read(Path file) {
        ModelProto proto = WeightlessModel.read(file);
        if (proto.getGraph().getNodeCount() == 0) {
            throw new ModelFileException(file + " is no ONNX model: its graph has no nodes");
        }
        ExternalWeights.check(file, proto.toByteArray());
        try {
            Path folder = Objects.requireNonNull(file.toRealPath().getParent(), "parent of a file");
            Map<String, Path> targets = new HashMap<>();
            MessageDigest digest = Sha256.digest();
            digest.update(proto.toByteArray());
            GraphProto.Builder graph = proto.getGraph().toBuilder();
            for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
                for (StringStringEntryProto.Builder entry : tensor.getExternalDataBuilderList()) {
                    if (entry.getKey().equals("location")) {
                        Path target = targets.get(entry.getValue());
                        if (target == null) {
                            target = target(file, folder, entry.getValue());
                            targets.put(entry.getValue(), target);
                        }
                        entry.setValue(target.getFileName().toString());
                    }
                }
            }
            sample(graph, folder, digest);
            return new ExportedModel(
                    file,
                    proto.toBuilder().setGraph(graph).build(),
                    folder,
                    Set.copyOf(targets.values()),
                    HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw new ModelFileException(file + " or its weights cannot be read: " + e.getMessage(), e);
        }
    }

    /** How many positions the graph's tables of rotations have, if it has such tables. */
    OptionalLong positions() {
        Set<String> tables = new HashSet<>();
        for (NodeProto node : proto.getGraph().getNodeList()) {
            int index = node.getOpType().equals("GroupQueryAttention") ? 7 : 2;
            if ((index == 7 || node.getOpType().equals("RotaryEmbedding"))
                    && node.getDomain().equals(Graph.MICROSOFT)
                    && node.getInputCount() > index) {
                tables.add(node.getInput(index));
            }
        }
        return proto.getGraph().getInitializerList().stream()
                .filter(tensor -> tables.contains(tensor.getName()) && tensor.getDimsCount() == 2)
                .mapToLong(tensor -> tensor.getDims(0))
                .filter(rows -> rows > 0)
                .min();
    }

    private static Path target(Path file, Path folder, String name) throws IOException {
        Path target = ExternalWeights.target(file, name);
        if (!folder.equals(target.getParent())) {
            throw new ModelFileException(file + " is a link to " + folder + ", and takes weights from " + target
                    + "; valid: both in one directory");
        }
        return target;
    }

    private static void sample(GraphProto.Builder graph, Path folder, MessageDigest digest) throws IOException {
        Map<String, FileChannel> channels = new HashMap<>();
        try {
            ByteBuffer bytes = ByteBuffer.allocate(SAMPLE);
            for (TensorProto tensor : graph.getInitializerList()) {
                Map<String, String> place = new HashMap<>();
                tensor.getExternalDataList().forEach(entry -> place.put(entry.getKey(), entry.getValue()));
                String location = place.get("location");
                if (location != null) {
                    FileChannel channel = channels.get(location);
                    if (channel == null) {
                        channel = FileChannel.open(folder.resolve(location));
                        channels.put(location, channel);
                    }
                    long offset = Long.parseLong(place.getOrDefault("offset", "0"));
                    long length =
                            place.containsKey("length") ? Long.parseLong(place.get("length")) : channel.size() - offset;
                    bytes.clear().limit((int) Math.min(SAMPLE, length));
                    int read = channel.read(bytes, offset + (length - bytes.limit()) / 2);
                    digest.update(bytes.array(), 0, Math.max(0, read));
                }
            }
        } finally {
            for (FileChannel channel : channels.values()) {
                channel.close();
            }
        }
    }
}
