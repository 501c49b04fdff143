package io.github.tandem4j.onnx.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes the parts of a GGUF file, little-endian, right or wrong. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    GgufBytes raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes u32(long value) {
        return raw(buffer(4).putInt((int) value).array());
    }

    GgufBytes u64(long value) {
        return raw(buffer(8).putLong(value).array());
    }

    GgufBytes f32(float value) {
        return raw(buffer(4).putFloat(value).array());
    }

    GgufBytes string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return u64(bytes.length).raw(bytes);
    }

    /** Magic, version 3, counts. */
    GgufBytes header(long tensors, long keys) {
        return u32(0x46554747).u32(3).u64(tensors).u64(keys);
    }

    GgufBytes entry(String key, Object value) {
        string(key);
        if (value instanceof String text) {
            return u32(8).string(text);
        }
        if (value instanceof Integer number) {
            return u32(4).u32(number);
        }
        if (value instanceof Float number) {
            return u32(6).f32(number);
        }
        if (value instanceof Boolean flag) {
            return u32(7).raw((byte) (flag ? 1 : 0));
        }
        if (value instanceof byte[] bytes) {
            return u32(9).u32(0).u64(bytes.length).raw(bytes);
        }
        List<?> list = (List<?>) value;
        Object first = list.isEmpty() ? "" : list.get(0);
        if (first instanceof Boolean) {
            u32(9).u32(7).u64(list.size());
            list.forEach(flag -> raw((byte) ((Boolean) flag ? 1 : 0)));
            return this;
        }
        u32(9).u32(first instanceof String ? 8 : first instanceof Float ? 6 : 5).u64(list.size());
        for (Object each : list) {
            if (each instanceof String text) {
                string(text);
            } else if (each instanceof Float number) {
                f32(number);
            } else {
                u32((Integer) each);
            }
        }
        return this;
    }

    GgufBytes tensor(String name, int type, long offset, long... shape) {
        string(name).u32(shape.length);
        for (long extent : shape) {
            u64(extent);
        }
        return u32(type).u64(offset);
    }

    GgufBytes align() {
        while (out.size() % 32 != 0) {
            out.write(0);
        }
        return this;
    }

    int size() {
        return out.size();
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
