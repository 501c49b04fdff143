package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.TokenSink;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongConsumer;

/** What a model does with prompts: feeds them, or takes over those that were fed before, to answer or to read. */
final class Prefills implements AutoCloseable {
    private static final int FIRST_CAPACITY = 128;

    private final String model;
    private final String reader;
    private final int window;
    private final Decoder decoder;
    private final Tokenizer tokenizer;
    private final PrefillStore store;

    /** @param reader identifies weights and chat template */
    Prefills(String model, String reader, int window, Decoder decoder, Tokenizer tokenizer, PrefillStore store) {
        this.model = model;
        this.reader = reader;
        this.window = window;
        this.decoder = decoder;
        this.tokenizer = tokenizer;
        this.store = store;
    }

    /** What a prompt is read by unless somebody says otherwise. */
    ReadingWish usualWish() {
        return ReadingPlan.usual(decoder.hiddenOutputs().size(), tokenizer);
    }

    ReadingPlan planOfPrompt(ReadingWish wish) {
        return ReadingPlan.ofPrompt(model, wish, decoder, tokenizer);
    }

    ReadingPlan planOfAnswer(ReadingWish wish) {
        return ReadingPlan.ofAnswer(model, wish, decoder, tokenizer);
    }

    /** @param limit the longest completion, which fits into the window with the prompt */
    Generation answer(Generator generator, String tenant, int[] prompt, int limit, TokenSink sink, ReadingPlan plan)
            throws OrtException {
        Prefill taken = store.take(tenant, prompt);
        Prefill prefill =
                taken == null ? feed(generator, prompt, Math.min(limit, FIRST_CAPACITY), plan.lastOnly()) : taken;
        boolean answered = false;
        try {
            Generation generation = generator.run(prefill, taken != null, limit, sink, decoder.pool(plan));
            answered = true;
            return generation;
        } finally {
            // What was begun and broken off may be asked again, perhaps by a retry.
            if (taken != null && !answered && prefill.isWhole()) {
                prefill.rewind();
                store.put(tenant, prefill);
            } else {
                prefill.close();
            }
        }
    }

    /**
     * Reads a prompt that may be answered next, so that its keys and values are kept for a while.
     *
     * @param cached told how many of its tokens had been read before, if any
     */
    PromptReading read(
            Function<Boolean, Generator> keepingLogits,
            String tenant,
            int[] prompt,
            ReadingPlan plan,
            LongConsumer cached)
            throws OrtException {
        Prefill prefill = store.take(tenant, prompt);
        if (prefill != null && !prefill.has(plan)) {
            prefill.close();
            prefill = null;
        }
        if (prefill == null) {
            prefill = feed(keepingLogits.apply(true), prompt, store.isOn() ? FIRST_CAPACITY : 0, plan);
        } else {
            cached.accept(prompt.length);
        }
        try {
            return prefill.reading(reader, plan, prompt.length);
        } finally {
            store.put(tenant, prefill);
        }
    }

    /** Reads a prompt, of one that does not fit into the window its end, and keeps nothing. */
    PromptReading readEnd(Function<Boolean, Generator> keepingLogits, int[] prompt, ReadingPlan plan)
            throws OrtException {
        int[] end = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - window), prompt.length);
        boolean needsLogits = !plan.nextTokens().isEmpty();
        try (Prefill prefill = feed(keepingLogits.apply(needsLogits), end, 0, plan)) {
            return prefill.reading(reader, plan, prompt.length);
        }
    }

    private Prefill feed(Generator generator, int[] prompt, int room, ReadingPlan plan) throws OrtException {
        KeyValueCache cache = decoder.cache(window, prompt.length + room);
        try {
            return generator.prefill(cache, prompt, decoder.pool(plan));
        } catch (OrtException | RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    /** How many wait for an answer. */
    int kept() {
        return store.size();
    }

    @Override
    public void close() {
        store.close();
    }
}
