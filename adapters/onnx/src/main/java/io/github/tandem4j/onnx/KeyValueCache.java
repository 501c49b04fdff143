package io.github.tandem4j.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.util.HashMap;
import java.util.Map;

/**
 * What a generation remembers of its tokens: keys and values of all layers, in native memory that past and present
 * share. Grows as the sequence does. Belongs to one generation; not thread-safe.
 */
final class KeyValueCache implements AutoCloseable {
    private final CacheMemory memory;
    private final int window;
    private CacheMemory.Allocation allocation;
    private int capacity;
    private int length;

    KeyValueCache(CacheMemory memory, int window, int capacity) throws OrtException {
        this.memory = memory;
        this.window = window;
        this.capacity = Math.min(window, capacity);
        this.allocation = memory.allocate(this.capacity);
    }

    /** Tokens that it holds. */
    int length() {
        return length;
    }

    /** Whether so many tokens more fit into the window. */
    boolean hasRoom(int tokens) {
        return tokens <= window - length;
    }

    /** Makes room for so many tokens in all, doubling, so that copying stays a small share of the work. */
    void reserve(int tokens) throws OrtException {
        if (tokens > capacity) {
            int wanted = Math.min(window, Math.max(tokens, 2 * capacity));
            CacheMemory.Allocation larger = memory.grow(allocation, wanted - capacity);
            allocation.close();
            allocation = larger;
            capacity = wanted;
        }
    }

    void advance(int tokens) {
        length += tokens;
    }

    /** Forgets every token; the memory stays. */
    void clear() {
        length = 0;
    }

    /** Forgets the tokens behind the first so many, which it must hold. */
    void cutTo(int tokens) {
        if (tokens < 0 || tokens > length) {
            throw new IllegalArgumentException("cut to " + tokens + " tokens; valid: 0 to the " + length + " held");
        }
        length = tokens;
    }

    /** What it takes of native memory. */
    long bytes() {
        return capacity * memory.bytesPerToken();
    }

    Map<String, OnnxTensor> pasts() {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (int i = 0; i < memory.tensors().size(); i++) {
            inputs.put(memory.tensors().get(i).past(), allocation.tensors().get(i));
        }
        return inputs;
    }

    Map<String, OnnxTensor> presents() {
        Map<String, OnnxTensor> outputs = new HashMap<>();
        for (int i = 0; i < memory.tensors().size(); i++) {
            outputs.put(memory.tensors().get(i).present(), allocation.tensors().get(i));
        }
        return outputs;
    }

    @Override
    public void close() {
        allocation.close();
    }
}
