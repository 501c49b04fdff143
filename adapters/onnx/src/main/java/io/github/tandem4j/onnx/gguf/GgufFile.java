package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A GGUF file, or all parts of one that is split: typed metadata, then tensors. Everything in the header is checked at open, so that a tensor which is
 * listed here lies inside the file and overlaps no other. Versions 2 and 3, little-endian.
 *
 * <p>Tensors are read, not mapped: a mapped file that somebody truncates takes the JVM's thread down with a fault,
 * a read one ends in an {@link IOException}, and the page cache makes both equally fast.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">The format</a>
 */
final class GgufFile implements AutoCloseable {
    private static final int MAGIC = 0x46554747;
    private static final int SWAPPED_MAGIC = 0x47475546;
    private static final int MAX_NESTING = 4;

    private final Path path;
    private final FileChannel channel;
    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors;
    private final long dataStart;

    /** All parts of a split file, this one first; of a whole file only itself. */
    private List<GgufFile> parts = List.of(this);

    private LongConsumer onRead = bytes -> {};
    private long bytesRead;

    private GgufFile(
            Path path, FileChannel channel, GgufMetadata metadata, Map<String, GgufTensor> tensors, long dataStart) {
        this.path = path;
        this.channel = channel;
        this.metadata = metadata;
        this.tensors = tensors;
        this.dataStart = dataStart;
    }

    /** Opens a file; if it is a part of a split file, all of it, with the first part's metadata. */
    static GgufFile open(Path path) throws IOException {
        GgufFile file = openPart(path);
        return GgufSplit.isPart(file) ? GgufSplit.open(file) : file;
    }

    /** Opens one file as it is, whatever it is a part of. */
    static GgufFile openPart(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw refused(path, Files.exists(path) ? "is no regular file" : "does not exist", "a GGUF file");
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return read(path, channel);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private static GgufFile read(Path path, FileChannel channel) throws IOException {
        GgufCursor in = new GgufCursor(path, channel);
        int magic = in.u32("the magic number");
        if (magic == SWAPPED_MAGIC) {
            throw refused(path, "is a big-endian GGUF file", "little-endian GGUF");
        }
        if (magic != MAGIC) {
            throw refused(path, "starts with 0x%08x".formatted(Integer.reverseBytes(magic)), "\"GGUF\" (0x47475546)");
        }
        int version = in.u32("the version");
        if (version != 2 && version != 3) {
            throw refused(path, "is GGUF version " + Integer.toUnsignedString(version), "2 or 3");
        }
        int tensorCount = in.count("tensors", 24);
        int keyCount = in.count("metadata keys", 13);
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < keyCount; i++) {
            String key = in.string("a metadata key");
            Object value = value(in, in.u32("the type of " + key), key, 0);
            if (values.put(key, value) != null) {
                throw in.refused("has the metadata key " + key + " twice", "each key once");
            }
        }
        GgufMetadata metadata = new GgufMetadata(path, values);
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < tensorCount; i++) {
            GgufTensor tensor = tensor(in);
            if (tensors.put(tensor.name(), tensor) != null) {
                throw in.refused("has the tensor " + tensor.name() + " twice", "each tensor once");
            }
        }
        int alignment = metadata.optionalInt("general.alignment").orElse(32);
        if (alignment < 1 || Integer.bitCount(alignment) != 1) {
            throw refused(path, "has general.alignment " + alignment, "a power of two");
        }
        long dataStart = (in.position() + alignment - 1) / alignment * alignment;
        checkPlaces(path, tensors.values(), dataStart, channel.size(), alignment);
        return new GgufFile(path, channel, metadata, Collections.unmodifiableMap(tensors), dataStart);
    }

    private static GgufTensor tensor(GgufCursor in) throws IOException {
        String name = in.string("a tensor's name");
        int rank = in.u32("the rank of " + name);
        if (rank < 1 || rank > 4) {
            throw in.refused("has tensor " + name + " of rank " + Integer.toUnsignedString(rank), "1 to 4 dimensions");
        }
        List<Long> shape = new ArrayList<>();
        long elements = 1;
        for (int d = 0; d < rank; d++) {
            long extent = in.u64("the shape of " + name);
            if (extent < 1 || extent > Long.MAX_VALUE / 64 / elements) {
                throw in.refused(
                        "has tensor " + name + " with an extent of " + Long.toUnsignedString(extent),
                        "1 or more, and a product that fits into a file");
            }
            elements *= extent;
            shape.add(extent);
        }
        int typeId = in.u32("the type of " + name);
        TensorType type = TensorType.of(typeId)
                .orElseThrow(() -> in.refused(
                        "has tensor " + name + " of type " + TensorType.nameOf(typeId), TensorType.supported()));
        if (shape.get(0) % type.blockLength() != 0) {
            throw in.refused(
                    "has tensor " + name + " of type " + type + " with rows of " + shape.get(0),
                    "a multiple of " + type.blockLength());
        }
        return new GgufTensor(name, type, List.copyOf(shape), in.u64("the offset of " + name));
    }

    private static void checkPlaces(
            Path path, Iterable<GgufTensor> tensors, long dataStart, long fileSize, int alignment) {
        List<GgufTensor> byOffset = new ArrayList<>();
        for (GgufTensor tensor : tensors) {
            if (tensor.offset() < 0 || tensor.offset() % alignment != 0) {
                throw refused(
                        path,
                        "has tensor " + tensor.name() + " at offset " + Long.toUnsignedString(tensor.offset()),
                        "a multiple of the alignment " + alignment);
            }
            if (tensor.offset() > fileSize - dataStart || tensor.bytes() > fileSize - dataStart - tensor.offset()) {
                throw refused(
                        path,
                        "has tensor " + tensor.name() + " of " + tensor.bytes() + " bytes at offset " + tensor.offset()
                                + ", past the end of the file",
                        "tensors inside its " + fileSize + " bytes (is it cut off?)");
            }
            byOffset.add(tensor);
        }
        byOffset.sort(Comparator.comparingLong(GgufTensor::offset));
        for (int i = 1; i < byOffset.size(); i++) {
            GgufTensor before = byOffset.get(i - 1);
            if (before.offset() + before.bytes() > byOffset.get(i).offset()) {
                throw refused(
                        path,
                        "has tensor " + byOffset.get(i).name() + " overlapping " + before.name(),
                        "tensors that share no byte");
            }
        }
    }

    private static Object value(GgufCursor in, int type, String key, int nesting) throws IOException {
        return switch (type) {
            case 0 -> (long) (in.u8(key) & 0xff);
            case 1 -> (long) in.u8(key);
            case 2 -> (long) (in.u16(key) & 0xffff);
            case 3 -> (long) in.u16(key);
            case 4 -> in.u32(key) & 0xffffffffL;
            case 5 -> (long) in.u32(key);
            case 6 -> (double) Float.intBitsToFloat(in.u32(key));
            case 7 -> in.u8(key) != 0;
            case 8 -> in.string(key);
            case 9 -> array(in, key, nesting);
            case 10, 11 -> in.u64(key);
            case 12 -> Double.longBitsToDouble(in.u64(key));
            default ->
                throw in.refused("has metadata " + key + " of type " + Integer.toUnsignedString(type), "types 0 to 12");
        };
    }

    private static List<Object> array(GgufCursor in, String key, int nesting) throws IOException {
        if (nesting == MAX_NESTING) {
            throw in.refused("nests arrays in " + key + " deeper than " + MAX_NESTING, "flat arrays");
        }
        int type = in.u32("the element type of " + key);
        int bytesEach =
                switch (type) {
                    case 2, 3 -> 2;
                    case 4, 5, 6 -> 4;
                    case 8, 10, 11, 12 -> 8;
                    case 9 -> 12;
                    default -> 1;
                };
        int count = in.count("elements of " + key, bytesEach);
        List<Object> values = new ArrayList<>(Math.min(count, 1 << 16));
        for (int i = 0; i < count; i++) {
            values.add(value(in, type, key, nesting + 1));
        }
        return values;
    }

    /** The first of these parts as the whole, which owns the others. */
    static GgufFile joined(List<GgufFile> parts) {
        GgufFile first = parts.get(0);
        Map<String, GgufTensor> all = new LinkedHashMap<>();
        parts.forEach(part -> all.putAll(part.tensors));
        GgufFile whole = new GgufFile(
                first.path, first.channel, first.metadata, Collections.unmodifiableMap(all), first.dataStart);
        whole.parts = List.copyOf(parts);
        return whole;
    }

    Path path() {
        return path;
    }

    /** The parts of a split file in their order; a file that is whole is its only part. */
    List<GgufFile> parts() {
        return parts;
    }

    GgufMetadata metadata() {
        return metadata;
    }

    Map<String, GgufTensor> tensors() {
        return tensors;
    }

    /** Fills {@code into} with the tensor's bytes from {@code from} on, little-endian, ready to be read. */
    ByteBuffer read(GgufTensor tensor, long from, ByteBuffer into) throws IOException {
        GgufFile part = parts.size() == 1 ? this : partWith(tensor);
        long start = part.dataStart + tensor.offset() + from;
        int bytes = into.clear().remaining();
        while (into.hasRemaining()) {
            if (part.channel.read(into, start + into.position()) < 0) {
                throw refused(part.path, "ends inside tensor " + tensor.name(), "the whole file; did it change?");
            }
        }
        bytesRead += bytes;
        onRead.accept(bytesRead);
        return into.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private GgufFile partWith(GgufTensor tensor) {
        return parts.stream()
                .filter(part -> part.tensors.containsKey(tensor.name()))
                .findFirst()
                .orElse(this);
    }

    /** Tells the bytes of tensors that were read so far. */
    void onRead(LongConsumer listener) {
        onRead = listener;
    }

    /** Bytes of all parts. */
    long size() throws IOException {
        long size = 0;
        for (GgufFile part : parts) {
            size += part.channel.size();
        }
        return size;
    }

    /** Of all parts, one after the other. */
    String sha256() throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        for (GgufFile part : parts) {
            for (long position = 0; part.channel.read(buffer.clear(), position) >= 0; position += buffer.limit()) {
                digest.update(buffer.flip());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static ModelFileException refused(Path file, String found, String valid) {
        return new ModelFileException(file + " " + found + "; valid: " + valid);
    }

    @Override
    public void close() throws IOException {
        for (GgufFile part : parts) {
            part.channel.close();
        }
    }
}
