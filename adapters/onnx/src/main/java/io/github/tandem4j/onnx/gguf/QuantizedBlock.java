package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.onnx.files.HalfFloat;
import java.nio.ByteBuffer;

/** One block of a quantised tensor, taken apart as {@link TensorType} says; the layouts are those of GGML. */
final class QuantizedBlock {
    private static final int LONGEST = 256;

    private final TensorType type;

    /** Around 0; not a copy. */
    final byte[] quanta;

    /** One a part. */
    final float[] scales = new float[LONGEST / 16];

    /** One a part; zero in the types that have none. */
    final float[] minimums = new float[LONGEST / 16];

    QuantizedBlock(TensorType type) {
        this.type = type;
        this.quanta = new byte[type.blockLength()];
    }

    /** Takes the block at the buffer's position, and moves that behind it. */
    void read(ByteBuffer bytes) {
        int at = bytes.position();
        switch (type) {
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 -> readPlain(bytes, at);
            case Q4_K, Q5_K -> readWithMinimums(bytes, at);
            case Q6_K -> readQ6K(bytes, at);
            case F32, F16, BF16 -> throw new IllegalStateException(type + " has no blocks");
        }
        bytes.position(at + type.blockBytes());
    }

    private void readPlain(ByteBuffer bytes, int at) {
        scales[0] = half(bytes, at);
        int from = at + 2;
        if (type.hasMinimum()) {
            minimums[0] = half(bytes, from);
            from += 2;
        }
        if (type == TensorType.Q8_0) {
            bytes.get(from, quanta, 0, quanta.length);
            return;
        }
        boolean fifthBit = type == TensorType.Q5_0 || type == TensorType.Q5_1;
        int high = fifthBit ? bytes.getInt(from) : 0;
        from += fifthBit ? 4 : 0;
        int shift = fifthBit ? 16 : 8;
        // A byte holds element k in its low and element k + 16 in its high half.
        for (int k = 0; k < 16; k++) {
            int pair = bytes.get(from + k);
            quanta[k] = (byte) ((pair & 0xf) + ((high >>> k & 1) << 4) - shift);
            quanta[k + 16] = (byte) ((pair >>> 4 & 0xf) + ((high >>> (k + 16) & 1) << 4) - shift);
        }
    }

    /** Eight parts of 32, with scales and minimums of six bits that two halves multiply. */
    private void readWithMinimums(ByteBuffer bytes, int at) {
        float scale = half(bytes, at);
        float minimum = half(bytes, at + 2);
        int packed = at + 4;
        for (int part = 0; part < 8; part++) {
            int scaleBits;
            int minimumBits;
            if (part < 4) {
                scaleBits = bytes.get(packed + part) & 63;
                minimumBits = bytes.get(packed + part + 4) & 63;
            } else {
                int low = bytes.get(packed + part + 4);
                scaleBits = (low & 0xf) | (bytes.get(packed + part - 4) >>> 6 & 3) << 4;
                minimumBits = (low >>> 4 & 0xf) | (bytes.get(packed + part) >>> 6 & 3) << 4;
            }
            scales[part] = scale * scaleBits;
            minimums[part] = -(minimum * minimumBits);
        }
        boolean fifthBit = type == TensorType.Q5_K;
        int high = at + 16;
        int low = fifthBit ? high + 32 : high;
        for (int i = 0; i < LONGEST; i++) {
            int part = i / 32;
            int pair = bytes.get(low + i / 64 * 32 + i % 32);
            int quantum = pair >>> (part % 2 * 4) & 0xf;
            if (fifthBit) {
                quantum += (bytes.get(high + i % 32) >>> part & 1) << 4;
            }
            quanta[i] = (byte) (quantum - type.center());
        }
    }

    /** Sixteen parts of 16, with scales of eight bits that a half multiplies. */
    private void readQ6K(ByteBuffer bytes, int at) {
        float scale = half(bytes, at + 208);
        for (int part = 0; part < 16; part++) {
            scales[part] = scale * bytes.get(at + 192 + part);
        }
        for (int i = 0; i < LONGEST; i++) {
            int quarter = i % 128 / 32;
            int low = bytes.get(at + i / 128 * 64 + quarter % 2 * 32 + i % 32) >>> (quarter / 2 * 4) & 0xf;
            int high = bytes.get(at + 128 + i / 128 * 32 + i % 32) >>> (2 * quarter) & 3;
            quanta[i] = (byte) ((low | high << 4) - 32);
        }
    }

    /** Writes the weights: each is one product, which a float holds exactly, and one sum. */
    void toFloats(float[] into, int start) {
        for (int i = 0; i < quanta.length; i++) {
            int part = i / type.part();
            into[start + i] = scales[part] * (quanta[i] + type.center()) + minimums[part];
        }
    }

    private static float half(ByteBuffer bytes, int at) {
        return HalfFloat.toFloat(bytes.getShort(at));
    }
}
