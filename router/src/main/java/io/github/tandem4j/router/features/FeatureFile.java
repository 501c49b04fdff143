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
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Vectors on disk: a header that names the view, then records of a text's key and its numbers, added at the end. A record
 * that a process did not live to finish is not read, and cut off when the next is added.
 */
final class FeatureFile {

    private static final int MAGIC = 0x54464531; // "TFE1"
    private static final int LONGEST_ID = 4096;

    private static final ReentrantLock WRITING = new ReentrantLock();

    private FeatureFile() {}

    static Map<TextKey, float[]> read(Path file, String id, int dimension) {
        Map<TextKey, float[]> rows = new HashMap<>();
        if (!Files.exists(file)) {
            return rows;
        }
        int record = 16 + 4 * dimension;
        try {
            long size = Files.size(file);
            if (size == 0) {
                return rows; // made, and not begun
            }
            long start;
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                start = header(in, file, id, dimension);
                byte[] bytes = new byte[record];
                for (long left = (size - start) / record; left > 0; left--) {
                    in.readFully(bytes);
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    TextKey key = new TextKey(buffer.getLong(), buffer.getLong());
                    float[] values = new float[dimension];
                    for (int i = 0; i < dimension; i++) {
                        values[i] = buffer.getFloat();
                        if (!Float.isFinite(values[i])) {
                            throw damaged(file, "has a feature that is " + values[i]);
                        }
                    }
                    rows.put(key, values);
                }
            }
            return rows;
        } catch (IOException e) {
            throw new ConfigurationException("feature cache " + file + " cannot be read: " + e, e);
        }
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
    static void append(Path file, String id, int dimension, Map<TextKey, float[]> rows) {
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        int header = 12 + name.length;
        int record = 16 + 4 * dimension;
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
