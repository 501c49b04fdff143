package io.github.tandem4j.onnx;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.onnx.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Readings on disk, of one model by one wish. Records of one length are only ever appended, under a lock on the file: a
 * record that was cut off is written over by the next, one that is damaged is passed over and read again from the model,
 * and another process's records are seen when they are looked for. Belongs to one thread.
 *
 * <p>The file's name and its first bytes are a digest of the model and the wish, so that what others have read is never
 * taken for this model's.
 */
final class ReadingFile implements AutoCloseable {
    private static final long MAGIC = 0x31_47_4e_49_44_41_45_52L; // READING1, read as bytes
    private static final int HEADER = Long.BYTES + Sha256.BYTES + Integer.BYTES;
    private static final int CHUNK = 1 << 22;

    /** Locks of files are the process's, and a second one of the same file is an error. */
    private static final ReentrantLock PROCESS = new ReentrantLock();

    private final Path path;
    private final ReadingRecord record;
    private final byte[] digest;
    private final long mostBytes;
    private final FileChannel channel;
    private final Map<String, Long> places = new HashMap<>();
    private long indexed = HEADER;

    private ReadingFile(Path path, ReadingRecord record, byte[] digest, long mostBytes, FileChannel channel) {
        this.path = path;
        this.record = record;
        this.digest = digest;
        this.mostBytes = mostBytes;
        this.channel = channel;
    }

    /**
     * @param mostBytes how long the file may grow; what it holds already is read in any case
     * @throws ModelFileException if the file is another's
     */
    static ReadingFile open(Path directory, String reader, ReadingWish wish, int width, long mostBytes) {
        byte[] digest = Sha256.of(
                Stream.of(List.of(reader, Integer.toString(width)), wish.states(), List.of(""), wish.nextTokens())
                        .flatMap(List::stream)
                        .toList());
        Path path = directory.resolve(HexFormat.of().formatHex(digest, 0, 8) + ".readings");
        try {
            Files.createDirectories(directory);
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            ReadingFile file =
                    new ReadingFile(path, new ReadingRecord(reader, wish, width), digest, mostBytes, channel);
            try {
                file.locked(file::begin);
                return file;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    ReadingRecord record() {
        return record;
    }

    /** A reading by the digest of its prompt, 64 hexadecimal digits; null if there is none. */
    @Nullable
    PromptReading find(String key) {
        Long place = places.get(key);
        if (place == null) {
            return null;
        }
        try {
            ByteBuffer bytes = buffer(record.bytes());
            readFully(bytes, place);
            return ReadingRecord.key(bytes).equals(key) ? record.read(bytes) : null;
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /** Keeps a reading, unless another process has or the file is full. */
    void append(String key, PromptReading reading) {
        try {
            locked(() -> {
                index();
                if (!places.containsKey(key) && indexed + record.bytes() <= mostBytes) {
                    ByteBuffer bytes = record.write(key, reading);
                    for (long at = indexed; bytes.hasRemaining(); ) {
                        at += channel.write(bytes, at);
                    }
                    places.put(key, indexed);
                    indexed += record.bytes();
                }
            });
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /** Makes what was appended survive a loss of power. */
    @Override
    public void close() {
        try (channel) {
            channel.force(true);
        } catch (ClosedChannelException e) {
            // An interrupt has closed it, and ended the reading; what was written stays.
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    private void begin() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).put(digest).putInt(record.bytes()).flip();
        ByteBuffer found = buffer((int) Math.min(HEADER, channel.size()));
        readFully(found, 0);
        if (found.capacity() == HEADER && found.equals(header)) {
            index();
        } else if (header.slice(0, found.capacity()).equals(found)) { // new, or cut off at once
            while (header.hasRemaining()) {
                channel.write(header, header.position());
            }
        } else {
            throw new ModelFileException(path + " holds other readings or none at all; valid: a file that this version"
                    + " wrote for the same model and wish; delete it or name another directory");
        }
    }

    /** Finds the records that were appended since. Damaged ones keep their place, which nobody looks at. */
    private void index() throws IOException {
        int size = record.bytes();
        for (long more = channel.size() - indexed; more >= size; more = channel.size() - indexed) {
            int count = (int) Math.min(Math.max(1, CHUNK / size), more / size);
            ByteBuffer chunk = buffer(count * size);
            readFully(chunk, indexed);
            for (int i = 0; i < count; i++, indexed += size) {
                ByteBuffer one = chunk.slice(i * size, size).order(ByteOrder.LITTLE_ENDIAN);
                if (record.isWhole(one)) {
                    places.put(ReadingRecord.key(one), indexed);
                }
            }
        }
    }

    private void readFully(ByteBuffer bytes, long from) throws IOException {
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes, from + bytes.position());
            if (read < 0) {
                throw new IOException("it ends at " + channel.size() + " bytes");
            }
        }
        bytes.flip();
    }

    private interface Work {
        void run() throws IOException;
    }

    private void locked(Work work) throws IOException {
        PROCESS.lock();
        try (FileLock lock = channel.lock()) {
            if (lock.isValid()) {
                work.run();
            }
        } finally {
            PROCESS.unlock();
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static TandemException failed(Path path, IOException e) {
        if (e instanceof ClosedByInterruptException || e instanceof FileLockInterruptionException) {
            Thread.currentThread().interrupt();
            return new CallCancelledException("reading of prompts was interrupted at " + path);
        }
        return new ConfigurationException("readings in " + path + " cannot be kept or found: " + e, e);
    }
}
