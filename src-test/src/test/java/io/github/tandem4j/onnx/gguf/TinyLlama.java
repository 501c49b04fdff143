package io.github.tandem4j.onnx.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * A llama of a few thousand seeded weights, written as a GGUF file. What its weights are as floats is known here by
 * arithmetic of its own, so that {@link ReferenceLlama} shares none with the import.
 */
public final class TinyLlama {
    public static final int HIDDEN = 64;
    public static final int HEADS = 4;
    public static final int KEY_VALUE_HEADS = 2;
    public static final int HEAD = HIDDEN / HEADS;
    public static final int FEED_FORWARD = 96;
    public static final int LAYERS = 2;
    public static final int WINDOW = 4096;

    public static final String TEMPLATE = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n'"
            + " + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    /** Ids of the special tokens. */
    public static final int END_OF_TEXT = 0;

    public static final int START = 1;
    public static final int END = 2;

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final List<String> tokens = tokens();
    private final Random random;

    public TinyLlama(TensorType type, boolean tied, long seed) {
        random = new Random(seed);
        metadata.put("general.architecture", "llama");
        metadata.put("llama.block_count", LAYERS);
        metadata.put("llama.context_length", WINDOW);
        metadata.put("llama.embedding_length", HIDDEN);
        metadata.put("llama.feed_forward_length", FEED_FORWARD);
        metadata.put("llama.attention.head_count", HEADS);
        metadata.put("llama.attention.head_count_kv", KEY_VALUE_HEADS);
        metadata.put("llama.rope.freq_base", 10_000f);
        metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", "smollm");
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put(
                "tokenizer.ggml.token_type",
                tokens.stream().map(token -> token.startsWith("<|") ? 3 : 1).toList());
        metadata.put("tokenizer.ggml.merges", List.of("t h", "th e", "Ġ the"));
        metadata.put("tokenizer.ggml.eos_token_id", END);
        metadata.put("tokenizer.ggml.bos_token_id", START);
        metadata.put("tokenizer.chat_template", TEMPLATE);
        tensor("token_embd.weight", type, HIDDEN, tokens.size());
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "blk." + layer + ".";
            norm(prefix + "attn_norm.weight");
            tensor(prefix + "attn_q.weight", type, HIDDEN, HIDDEN);
            tensor(prefix + "attn_k.weight", type, HIDDEN, KEY_VALUE_HEADS * HEAD);
            tensor(prefix + "attn_v.weight", type, HIDDEN, KEY_VALUE_HEADS * HEAD);
            tensor(prefix + "attn_output.weight", type, HIDDEN, HIDDEN);
            norm(prefix + "ffn_norm.weight");
            tensor(prefix + "ffn_gate.weight", type, HIDDEN, FEED_FORWARD);
            tensor(prefix + "ffn_up.weight", type, HIDDEN, FEED_FORWARD);
            tensor(prefix + "ffn_down.weight", type, FEED_FORWARD, HIDDEN);
        }
        norm("output_norm.weight");
        if (!tied) {
            tensor("output.weight", type, HIDDEN, tokens.size());
        }
    }

    /** A tensor as it is in the file and as floats. */
    private static final class Tensor {
        private final TensorType type;
        private final long[] shape;
        private final float[] floats;
        private final byte[] bytes;

        Tensor(TensorType type, long[] shape, float[] floats, byte[] bytes) {
            this.type = type;
            this.shape = shape;
            this.floats = floats;
            this.bytes = bytes;
        }
    }

    /** One of a type, tied, from a fixed seed. */
    public static TinyLlama of(TensorType type) {
        return new TinyLlama(type, true, 7);
    }

    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>(List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"));
        char next = 256;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
            tokens.add(String.valueOf(printable ? (char) value : next++));
        }
        tokens.addAll(List.of("th", "the", "Ġthe"));
        return tokens;
    }

    public TinyLlama with(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    public TinyLlama without(String name) {
        metadata.remove(name);
        tensors.remove(name);
        return this;
    }

    /** Replaces a tensor, or adds one. */
    public TinyLlama tensor(String name, TensorType type, int columns, int rows) {
        float scale = (float) (1.5 / Math.sqrt(columns));
        float[] values = new float[rows * columns];
        byte[] bytes = new byte[values.length / type.blockLength() * type.blockBytes()];
        ByteBuffer raw = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int start = 0; start < values.length; start += type.blockLength()) {
            block(type, scale, values, start, raw);
        }
        tensors.put(name, new Tensor(type, new long[] {columns, rows}, values, bytes));
        return this;
    }

    /** Writes a number over the first of a tensor of floats. */
    public TinyLlama spoil(String name, float value) {
        ByteBuffer.wrap(Objects.requireNonNull(tensors.get(name)).bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value);
        return this;
    }

    private void norm(String name) {
        float[] values = new float[HIDDEN];
        byte[] bytes = new byte[HIDDEN * Float.BYTES];
        ByteBuffer raw = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < HIDDEN; i++) {
            values[i] = 0.5f + random.nextFloat();
            raw.putFloat(values[i]);
        }
        tensors.put(name, new Tensor(TensorType.F32, new long[] {HIDDEN}, values, bytes));
    }

    private void block(TensorType type, float size, float[] values, int start, ByteBuffer raw) {
        if (type == TensorType.F32) {
            values[start] = (float) (size * random.nextGaussian());
            raw.putFloat(values[start]);
            return;
        }
        // A half is written as sign, exponent and mantissa drawn apart, and its value by the definition.
        if (type == TensorType.F16) {
            values[start] = half(raw, random.nextBoolean(), 9 + random.nextInt(4), random.nextInt(1024));
            return;
        }
        int exponent = type == TensorType.Q8_0 ? 6 : 9;
        float scale = half(raw, random.nextBoolean(), exponent, random.nextInt(1024));
        float minimum = type == TensorType.Q4_1 ? half(raw, scale > 0, exponent + 3, random.nextInt(1024)) : -8 * scale;
        for (int i = 0; i < 32; i++) {
            int quantum = type == TensorType.Q8_0 ? random.nextInt(255) - 127 : random.nextInt(16);
            if (type == TensorType.Q8_0) {
                values[start + i] = scale * quantum;
                raw.put((byte) quantum);
            } else {
                values[start + i] = scale * quantum + minimum;
                int at = raw.position() + i % 16;
                raw.put(at, (byte) (i < 16 ? quantum : (raw.get(at) & 0xf) + 16 * quantum));
            }
        }
        if (type != TensorType.Q8_0) {
            raw.position(raw.position() + 16);
        }
    }

    private static float half(ByteBuffer raw, boolean negative, int exponent, int mantissa) {
        raw.putShort((short) ((negative ? 0x8000 : 0) + (exponent << 10) + mantissa));
        return (float) ((negative ? -1 : 1) * (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15));
    }

    public int vocabulary() {
        return tokens.size();
    }

    public float[] floats(String name) {
        return Objects.requireNonNull(tensors.get(name)).floats;
    }

    public boolean isTied() {
        return !tensors.containsKey("output.weight");
    }

    public byte[] toBytes() {
        return toBytes(metadata, tensors);
    }

    /** The model in parts: all metadata in the first one, tensors in all. */
    public List<Path> writeParts(int count, IntFunction<Path> names) throws IOException {
        List<String> all = new ArrayList<>(tensors.keySet());
        List<Path> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, Object> keys = new LinkedHashMap<>(i == 0 ? metadata : Map.of());
            keys.put("split.no", i);
            keys.put("split.count", count);
            keys.put("split.tensors.count", all.size());
            Map<String, Tensor> own = new LinkedHashMap<>();
            for (String name : all.subList(i * all.size() / count, (i + 1) * all.size() / count)) {
                own.put(name, Objects.requireNonNull(tensors.get(name)));
            }
            parts.add(Files.write(names.apply(i), toBytes(keys, own)));
        }
        return parts;
    }

    private static byte[] toBytes(Map<String, Object> metadata, Map<String, Tensor> tensors) {
        GgufBytes out = new GgufBytes().header(tensors.size(), metadata.size());
        metadata.forEach(out::entry);
        long offset = 0;
        for (Map.Entry<String, Tensor> each : tensors.entrySet()) {
            Tensor tensor = each.getValue();
            out.tensor(each.getKey(), SeededGguf.ggufType(tensor.type), offset, tensor.shape);
            offset += (tensor.bytes.length + 31L) / 32 * 32;
        }
        tensors.values().forEach(tensor -> out.align().raw(tensor.bytes));
        return out.align().toBytes();
    }

    public Path write(Path file) throws IOException {
        return Files.write(file, toBytes());
    }

    /** Writes and imports it below a directory; gives the model's directory. */
    public Path importInto(Path place, GgufImport.Weights weights) throws IOException {
        Path model = place.resolve("model-" + weights);
        GgufImport.of(write(place.resolve("tiny-" + weights + ".gguf")))
                .weights(weights)
                .into(model);
        return model;
    }

    public static String text(int length, long seed) {
        Random random = new Random(seed);
        byte[] ascii = new byte[length];
        for (int i = 0; i < length; i++) {
            ascii[i] = (byte) (random.nextInt(5) == 0 ? ' ' : 'a' + random.nextInt(26));
        }
        return new String(ascii, StandardCharsets.US_ASCII);
    }
}
