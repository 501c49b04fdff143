package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.onnx.files.HalfFloat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Makes the bytes of a GGUF file from its description in a golden file, as {@code make_decoder_golden.py} does. */
final class SeededGguf {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private SeededGguf() {}

    static byte[] of(JsonNode model, JsonNode tokenizer, TensorType type) {
        JsonNode tensors = model.get("tensors");
        GgufBytes out =
                new GgufBytes().header(tensors.size(), model.get("metadata").size() + tokenizer.size());
        model.get("metadata").forEach(entry -> add(out, entry));
        tokenizer.forEach(entry -> add(out, entry));
        List<byte[]> contents = new ArrayList<>();
        long offset = 0;
        for (int i = 0; i < tensors.size(); i++) {
            JsonNode tensor = tensors.get(i);
            String kind = tensor.get(1).asText();
            TensorType used = kind.equals("matrix") ? type : TensorType.F32;
            int columns = tensor.get(2).asInt();
            int rows = tensor.get(3).asInt();
            byte[] bytes = content(kind, used, model.get("seed").asLong() * 1_000_003 + i, columns * rows);
            contents.add(bytes);
            long[] shape = rows == 1 ? new long[] {columns} : new long[] {columns, rows};
            out.tensor(tensor.get(0).asText(), ggufType(used), offset, shape);
            offset += (bytes.length + 31L) / 32 * 32;
        }
        contents.forEach(bytes -> out.align().raw(bytes));
        return out.align().toBytes();
    }

    private static void add(GgufBytes out, JsonNode entry) {
        JsonNode value = entry.get(2);
        out.entry(
                entry.get(0).asText(),
                switch (entry.get(1).asText()) {
                    case "u32" -> value.asInt();
                    case "f32" -> (float) value.asDouble();
                    case "string" -> value.asText();
                    case "strings" -> texts(value);
                    case "i32s" -> numbers(value);
                    default -> throw new IllegalArgumentException(entry.toString());
                });
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private static List<Integer> numbers(JsonNode array) {
        List<Integer> numbers = new ArrayList<>();
        array.forEach(each -> numbers.add(each.asInt()));
        return numbers;
    }

    private static byte[] content(String kind, TensorType type, long seed, int count) {
        int size = count / type.blockLength() * type.blockBytes();
        byte[] raw = new byte[size];
        if (!type.isFloat()) {
            blocks(type, seed, raw);
            return raw;
        }
        ByteBuffer out = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            long random = splitMix(seed, i);
            switch (kind) {
                case "norm" -> out.putFloat((float) (0.5 + (random >>> 44) / (double) (1 << 20)));
                case "bias" -> out.putFloat(whole(random, 20) / (float) (1 << 22));
                case "factors" -> out.putFloat((float) (1 + (random >>> 44) / (double) (1 << 18)));
                default -> {
                    switch (type) {
                        case F32 -> out.putFloat(whole(random, 24) / (float) (1 << 26));
                        case F16 -> out.putShort(HalfFloat.fromFloat(whole(random, 11) / (float) (1 << 13)));
                        default ->
                            out.putShort((short) (Float.floatToIntBits(whole(random, 8) / (float) (1 << 10)) >>> 16));
                    }
                }
            }
        }
        return raw;
    }

    /** Random bytes, with scales of a fair size written over them. */
    private static void blocks(TensorType type, long seed, byte[] raw) {
        for (int i = 0; i < raw.length; i++) {
            raw[i] = (byte) (splitMix(seed, i) >>> 56);
        }
        for (int block = 0; block < raw.length; block += type.blockBytes()) {
            switch (type) {
                case Q8_0 -> half(raw, block, 4, 0x83, 0);
                case Q4_0 -> half(raw, block, 8, 0x83, 0);
                case Q4_1 -> {
                    half(raw, block, 8, 3, 0);
                    half(raw, block + 2, 11, 3, 0x80);
                }
                case Q5_0 -> half(raw, block, 7, 0x83, 0);
                case Q5_1 -> {
                    half(raw, block, 7, 3, 0);
                    half(raw, block + 2, 11, 3, 0x80);
                }
                case Q4_K -> {
                    half(raw, block, 3, 3, 0);
                    half(raw, block + 2, 6, 3, 0);
                }
                case Q5_K -> {
                    half(raw, block, 2, 3, 0);
                    half(raw, block + 2, 6, 3, 0);
                }
                default -> {
                    half(raw, block + 208, 1, 0x83, 0);
                    for (int i = block + 192; i < block + 208; i++) {
                        raw[i] >>= 1;
                    }
                }
            }
        }
    }

    /** Sets the exponent of a half, and the sign as well unless that is kept. */
    private static void half(byte[] raw, int at, int exponent, int kept, int sign) {
        raw[at + 1] = (byte) ((raw[at + 1] & kept) | sign | exponent << 2);
    }

    /** A whole number around 0 of so many bits. */
    private static long whole(long random, int bits) {
        return (random >>> (64 - bits)) - (1L << (bits - 1));
    }

    private static long splitMix(long seed, long index) {
        long z = seed + (index + 1) * GAMMA;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** The numbers that GGML gives the types. */
    static int ggufType(TensorType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q5_0 -> 6;
            case Q5_1 -> 7;
            case Q8_0 -> 8;
            case Q4_K -> 12;
            case Q5_K -> 13;
            case Q6_K -> 14;
            case BF16 -> 30;
        };
    }
}
