package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads the header of a GGUF file from front to back. The file is not trusted: every count and length is compared
 * with what is left of the file before anything is allocated for it.
 */
final class GgufCursor {
    private static final int BUFFER_BYTES = 1 << 16;

    /** In memory a header takes up to ten times its bytes. Those of the largest vocabularies have 20 MB. */
    private static final long LONGEST_HEADER = 128L << 20;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long bufferStart;

    GgufCursor(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
    }

    long position() {
        return bufferStart + buffer.position();
    }

    long remaining() {
        return size - position();
    }

    byte u8(String what) throws IOException {
        return need(1, what).get();
    }

    short u16(String what) throws IOException {
        return need(2, what).getShort();
    }

    int u32(String what) throws IOException {
        return need(4, what).getInt();
    }

    long u64(String what) throws IOException {
        return need(8, what).getLong();
    }

    /** A count of things that take at least {@code bytesEach} bytes each. */
    int count(String what, int bytesEach) throws IOException {
        long count = u64("the count of " + what);
        if (count < 0 || count > remaining() / bytesEach || count > Integer.MAX_VALUE - 8) {
            throw refused(
                    "claims " + Long.toUnsignedString(count) + " " + what,
                    "at most " + remaining() / bytesEach + " fit into the " + remaining() + " bytes that are left");
        }
        if (count * bytesEach > LONGEST_HEADER - position()) {
            throw refused("claims " + count + " " + what, "a header of at most " + LONGEST_HEADER + " bytes in all");
        }
        return (int) count;
    }

    String string(String what) throws IOException {
        int length = count("bytes of " + what, 1);
        byte[] bytes = new byte[length];
        for (int read = 0; read < length; ) {
            int part = Math.min(length - read, BUFFER_BYTES);
            need(part, what).get(bytes, read, part);
            read += part;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw refused(what + " is not UTF-8", "a GGUF string is UTF-8");
        }
    }

    ModelFileException refused(String found, String valid) {
        return GgufFile.refused(file, found + " at byte " + position(), valid);
    }

    private ByteBuffer need(int bytes, String what) throws IOException {
        if (buffer.remaining() < bytes) {
            if (remaining() < bytes) {
                throw refused("ends inside " + what, "the file is cut off: it has " + size + " bytes");
            }
            bufferStart = position();
            buffer.clear();
            while (buffer.position() < bytes) {
                if (channel.read(buffer, bufferStart + buffer.position()) < 0) {
                    throw refused("ends inside " + what, "the file shrank while it was read");
                }
            }
            buffer.flip();
        }
        return buffer;
    }
}
