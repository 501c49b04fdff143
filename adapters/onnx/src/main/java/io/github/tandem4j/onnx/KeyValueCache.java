package io.github.tandem4j.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What a model remembers of a sequence of tokens: keys and values of all layers, in native memory that past and present
 * share. Grows as the sequence does. Belongs to one call at a time, or to the store; not thread-safe.
 */
final class KeyValueCache implements AutoCloseable {
    private final CacheMemory memory;
    private final int window;
    private final CacheMemory.Allocation allocation;
    private int[] tokens;
    private int length;
    private boolean closed;

    KeyValueCache(CacheMemory memory, int window, int capacity) throws OrtException {
        this(memory, window, memory.allocate(CacheMemory.capacityFor(capacity, window)), new int[0]);
    }

    private KeyValueCache(CacheMemory memory, int window, CacheMemory.Allocation allocation, int[] tokens) {
        this.memory = memory;
        this.window = window;
        this.allocation = allocation;
        this.tokens = tokens;
        this.length = tokens.length;
    }

    /** The memory, which growing replaces. */
    CacheMemory.Allocation allocation() {
        return allocation;
    }

    /** Tokens that it holds. */
    int length() {
        return length;
    }

    /** Whether so many tokens more fit into the window. */
    boolean hasRoom(int tokens) {
        return tokens <= window - length;
    }

    /** Makes room for so many tokens in all, by a fifth or more, so that copying stays a small share of the work. */
    void reserve(int wanted) throws OrtException {
        if (wanted > allocation.capacity()) {
            memory.grow(allocation, CacheMemory.capacityFor(wanted, window));
        }
    }

    /** The keys and values of these tokens have been written behind the others. */
    void append(int[] more) {
        if (length + more.length > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(length + more.length, 2 * length));
        }
        System.arraycopy(more, 0, tokens, length, more.length);
        length += more.length;
    }

    /** Forgets every token; the memory stays. */
    void clear() {
        length = 0;
    }

    /** Forgets the tokens behind the first so many, which it must hold. */
    void cutTo(int count) {
        if (count < 0 || count > length) {
            throw new IllegalArgumentException("cut to " + count + " tokens; valid: 0 to the " + length + " held");
        }
        length = count;
    }

    /** How many tokens it has in common with the beginning of others. */
    int commonWith(int[] others) {
        int different = Arrays.mismatch(tokens, 0, length, others, 0, others.length);
        return different < 0 ? length : different;
    }

    /** Whether it begins with all that another one holds. */
    boolean covers(KeyValueCache other) {
        return other.length <= length && Arrays.equals(tokens, 0, other.length, other.tokens, 0, other.length);
    }

    /** Another cache of the first so many tokens, with room for some more. */
    KeyValueCache copyOf(int count, int capacity) throws OrtException {
        int[] held = Arrays.copyOf(tokens, count);
        int wanted = CacheMemory.capacityFor(Math.max(count, capacity), window);
        return new KeyValueCache(memory, window, memory.copy(allocation, wanted), held);
    }

    /** What it takes of native memory. */
    long bytes() {
        return allocation.bytes();
    }

    Map<String, OnnxTensor> pasts() {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (int i = 0; i < memory.tensors().size(); i++) {
            inputs.put(memory.tensors().get(i).past(), allocation.tensor(i));
        }
        return inputs;
    }

    Map<String, OnnxTensor> presents() {
        Map<String, OnnxTensor> outputs = new HashMap<>();
        for (int i = 0; i < memory.tensors().size(); i++) {
            outputs.put(memory.tensors().get(i).present(), allocation.tensor(i));
        }
        return outputs;
    }

    /** More than once is harmless: memory that were given back twice would be two callers'. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.release(allocation);
        }
    }
}
