package io.github.tandem4j.router.features;

import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.router.features.CachedFeatures.TextKey;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Vectors on disk: a header that names the view, then records of a text's key and its numbers, added at the end. A record
 * that a process did not live to finish is not read, and cut off when the next is added. In memory is only where each text's
 * record lies. Used by one thread at a time.
 */
final class FeatureFile {

    private static final int MAGIC = 0x54464531; // "TFE1"
    private static final int LONGEST_ID = 4096;
    private static final int MOST_RECORDS = 1 << 28;
    private static final int BUFFER = 1 << 16;

    private static final ReentrantLock WRITING = new ReentrantLock();

    private final Path file;
    private final String id;
    private final int dimension;
    private final int header;
    private final int record;
    private final RecordIndex index = new RecordIndex();

    private FeatureFile(Path file, String id, int dimension) {
        this.file = file;
        this.id = id;
        this.dimension = dimension;
        header = 12 + id.getBytes(StandardCharsets.UTF_8).length;
        record = Math.addExact(16, Math.multiplyExact(4, dimension));
    }

    /** Reads which texts the file has, and leaves their vectors where they are. */
    static FeatureFile open(Path file, String id, int dimension) {
        FeatureFile found = new FeatureFile(file, id, dimension);
        try {
            long size = Files.exists(file) ? Files.size(file) : 0;
            if (size > 0) { // else it is not made yet, or made and not begun
                found.index(size);
            }
            return found;
        } catch (IOException e) {
            throw found.unreadable(e);
        }
    }

    private void index(long size) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER))) {
            long start = header(in, file, id, dimension);
            int records = Math.toIntExact(Math.min(MOST_RECORDS, (size - start) / record));
            for (int i = 0; i < records; i++) {
                index.put(in.readLong(), in.readLong(), i);
                in.skipNBytes(record - 16L);
            }
        }
    }

    /** {@return the vectors of those of these texts that the file has} */
    Map<TextKey, float[]> read(Collection<TextKey> keys) {
        Map<TextKey, float[]> rows = new HashMap<>();
        if (keys.stream().allMatch(key -> index.of(key) < 0)) {
            return rows;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(record);
            for (TextKey key : keys) {
                int at = index.of(key);
                if (at >= 0) {
                    rows.put(key, row(channel, bytes, key, at));
                }
            }
            return rows;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private float[] row(FileChannel channel, ByteBuffer bytes, TextKey key, int at) throws IOException {
        bytes.clear();
        long start = header + (long) at * record;
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, start + bytes.position()) < 0) {
                throw damaged(file, "has lost its record " + at);
            }
        }
        bytes.flip();
        if (bytes.getLong() != key.high() || bytes.getLong() != key.low()) {
            throw damaged(file, "has another text at record " + at + " than before");
        }
        float[] values = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            values[i] = bytes.getFloat();
            if (!Float.isFinite(values[i])) {
                throw damaged(file, "has a feature that is " + values[i]);
            }
        }
        return values;
    }

    private ConfigurationException unreadable(IOException e) {
        return new ConfigurationException("feature cache " + file + " cannot be read: " + e, e);
    }

    private static long header(DataInputStream in, Path file, String id, int dimension) throws IOException {
        if (in.readInt() != MAGIC) {
            throw damaged(file, "is no feature cache of this version");
        }
        int length = in.readInt();
        if (length < 0 || length > LONGEST_ID) {
            throw damaged(file, "has a name of " + length + " bytes");
        }
        String found = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        int width = in.readInt();
        if (!found.equals(id) || width != dimension) {
            throw damaged(
                    file, "holds " + width + " features of '" + found + "' and not " + dimension + " of '" + id + "'");
        }
        return 12L + length;
    }

    /** Cuts off what another process did not live to finish, and adds whole records; one writer at a time. */
    void append(Map<TextKey, float[]> rows) {
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        WRITING.lock(); // a file's lock holds off other processes only
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.lock(); // until it is closed
            long size = channel.size();
            long whole = size < header ? 0 : size - (size - header) % record;
            ByteBuffer bytes = ByteBuffer.allocate(Math.addExact(header, Math.multiplyExact(record, rows.size())));
            if (whole == 0) {
                bytes.putInt(MAGIC).putInt(name.length).put(name).putInt(dimension);
            }
            rows.forEach((key, values) -> {
                bytes.putLong(key.high()).putLong(key.low());
                for (float value : values) {
                    bytes.putFloat(value);
                }
            });
            bytes.flip();
            channel.truncate(whole).position(whole);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            long next = Math.max(0, whole - header) / record;
            for (TextKey key : rows.keySet()) {
                if (next < MOST_RECORDS) {
                    index.put(key.high(), key.low(), (int) next++);
                }
            }
        } catch (IOException e) {
            throw new ConfigurationException("feature cache " + file + " cannot be written: " + e, e);
        } finally {
            WRITING.unlock();
        }
    }

    private static ConfigurationException damaged(Path file, String what) {
        return new ConfigurationException("feature cache " + file + " " + what
                + "; valid is a cache of this view. Give each view its own file, or delete this one");
    }
}
