package io.github.tandem4j.onnx;

import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.onnx.files.HalfFloat;
import io.github.tandem4j.onnx.files.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How a reading lies in a file, always in as many bytes: the prompt's SHA-256, its tokens, whether it was truncated, the
 * next token's three numbers and the log-probabilities as floats, each vector as a scale and halves, and a CRC-32C of all
 * that. Little-endian. A half is off by one part in 2,048 at most.
 */
final class ReadingRecord {
    private static final int FIXED = Sha256.BYTES + Integer.BYTES + 1 + 3 * Float.BYTES;

    private static final String NO_KEY = "00".repeat(Sha256.BYTES);

    private final String reader;
    private final ReadingWish wish;
    private final int width;
    private final int bytes;

    /** @param width of every vector */
    ReadingRecord(String reader, ReadingWish wish, int width) {
        this.reader = reader;
        this.wish = wish;
        this.width = width;
        long total = FIXED
                + (long) wish.nextTokens().size() * Float.BYTES
                + wish.states().size() * (Float.BYTES + (long) width * Short.BYTES)
                + Integer.BYTES;
        this.bytes = Math.toIntExact(total);
    }

    int bytes() {
        return bytes;
    }

    /** @param key 64 hexadecimal digits */
    ByteBuffer write(String key, PromptReading reading) {
        ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byte truncated = (byte) (reading.isTruncated() ? 1 : 0);
        out.put(HexFormat.of().parseHex(key)).putInt(reading.promptTokens()).put(truncated);
        NextToken next = reading.nextToken();
        out.putFloat((float) next.entropy())
                .putFloat((float) next.maxProbability())
                .putFloat((float) next.margin());
        wish.nextTokens().forEach(text -> out.putFloat((float) reading.nextLogProbability(text)));
        for (String name : wish.states()) {
            float[] vector = reading.states().vector(name);
            // A power of two loses nothing, and keeps the few outliers of a residual stream within a half's range.
            float scale = 1;
            for (float value : vector) {
                while (Math.abs(value) / scale > 32_768) {
                    scale *= 2;
                }
            }
            out.putFloat(scale);
            for (float value : vector) {
                out.putShort(HalfFloat.fromFloat(value / scale));
            }
        }
        return out.putInt(crc(out)).flip();
    }

    static String key(ByteBuffer written) {
        byte[] key = new byte[Sha256.BYTES];
        written.get(0, key);
        return HexFormat.of().formatHex(key);
    }

    /** Whether the record is as it was written. */
    boolean isWhole(ByteBuffer written) {
        return written.getInt(bytes - Integer.BYTES) == crc(written);
    }

    /** The reading; null if the bytes are not as they were written, or hold what no reading has. */
    @Nullable
    PromptReading read(ByteBuffer written) {
        if (!isWhole(written)) {
            return null;
        }
        ByteBuffer in = written.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(Sha256.BYTES);
        int tokens = in.getInt();
        boolean truncated = in.get() != 0;
        float entropy = in.getFloat();
        float maxProbability = in.getFloat();
        float margin = in.getFloat();
        Map<String, Double> logProbabilities = new LinkedHashMap<>();
        wish.nextTokens().forEach(text -> logProbabilities.put(text, (double) in.getFloat()));
        Map<String, float[]> vectors = new LinkedHashMap<>();
        for (String name : wish.states()) {
            float scale = in.getFloat();
            float[] vector = new float[width];
            for (int i = 0; i < width; i++) {
                vector[i] = scale * HalfFloat.toFloat(in.getShort());
            }
            vectors.put(name, vector);
        }
        try {
            NextToken next = new NextToken(entropy, maxProbability, margin);
            return PromptReading.of(reader, HiddenStates.of(vectors), next, logProbabilities, tokens, truncated);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The reading as it would come back from a file, so that a cold cache and a warm one give the same. */
    PromptReading rounded(PromptReading reading) {
        PromptReading back = read(write(NO_KEY, reading));
        if (back == null) {
            throw new IllegalStateException("a reading did not survive its own record: " + reading);
        }
        return back;
    }

    private int crc(ByteBuffer written) {
        CRC32C crc = new CRC32C();
        crc.update(written.duplicate().position(0).limit(bytes - Integer.BYTES));
        return (int) crc.getValue();
    }
}
