package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

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
        int room = Math.min(limit, FIRST_CAPACITY);
        PrefillStore.Taken taken = store.take(tenant, prompt, room, known -> generator.canBegin(known, plan));
        KeyValueCache cache = taken == null ? decoder.cache(window, prompt.length + room) : taken.cache();
        int shared = cache.length();
        Prefill known = taken == null ? null : taken.prefill();
        return leased(tenant, cache, generator, lease -> {
            Prefill prefill = known == null ? generator.prefill(cache, prompt, decoder.pool(plan.lastOnly())) : known;
            lease.prefill = known == null ? prefill.withOwnLogits() : known;
            return generator.run(cache, prefill, shared, limit, sink, decoder.pool(plan));
        });
    }

    /**
     * Reads a prompt that may be answered next, so that its keys and values are kept for a while. A mean over all tokens
     * needs all of them fed, unless this very prompt was read before.
     *
     * @param cached told how many of its tokens had been fed before, if any
     */
    PromptReading read(
            Function<Boolean, Generator> keepingLogits,
            String tenant,
            int[] prompt,
            ReadingPlan plan,
            LongConsumer cached)
            throws OrtException {
        Prefill known = store.find(tenant, prompt, found -> found.has(plan));
        if (known != null) {
            cached.accept(prompt.length);
            return known.reading(reader, plan, prompt.length);
        }
        Generator generator = keepingLogits.apply(true); // which takes memory too: whoever has a cache has to close it
        int room = store.isOn() ? FIRST_CAPACITY : 0;
        PrefillStore.Taken taken = plan.hasMeans() ? null : store.take(tenant, prompt, room, found -> false);
        KeyValueCache cache = taken == null ? decoder.cache(window, prompt.length + room) : taken.cache();
        int shared = cache.length();
        return leased(tenant, cache, generator, lease -> {
            Prefill prefill = generator.prefill(cache, prompt, decoder.pool(plan));
            lease.prefill = prefill;
            cached.accept(shared);
            return prefill.reading(reader, plan, prompt.length);
        });
    }

    /** Reads a prompt, of one that does not fit into the window its end, and keeps nothing. */
    PromptReading readEnd(Function<Boolean, Generator> keepingLogits, int[] prompt, ReadingPlan plan)
            throws OrtException {
        int[] end = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - window), prompt.length);
        boolean needsLogits = !plan.nextTokens().isEmpty();
        try (KeyValueCache cache = decoder.cache(window, end.length)) {
            return keepingLogits
                    .apply(needsLogits)
                    .prefill(cache, end, decoder.pool(plan))
                    .reading(reader, plan, prompt.length);
        }
    }

    private interface Work<T> {
        T with(Lease lease) throws OrtException;
    }

    /** What one call has, and leaves behind. */
    private static final class Lease {
        private @Nullable Prefill prefill;
        private boolean isSound;
    }

    /**
     * Works with a cache, which goes to the store in the end. So does that of a call which was cancelled or whose listener
     * threw, with what it holds by then, since it may be asked again; but not after a failure of the runtime.
     */
    private <T> T leased(String tenant, KeyValueCache cache, Generator generator, Work<T> work) throws OrtException {
        Lease lease = new Lease();
        try {
            T done = work.with(lease);
            lease.isSound = true;
            return done;
        } catch (OrtException e) {
            lease.isSound = generator.isStopped();
            throw e;
        } catch (RuntimeException e) {
            lease.isSound = true;
            throw e;
        } finally {
            if (lease.isSound) {
                store.put(tenant, cache, lease.prefill);
            } else {
                cache.close();
            }
        }
    }

    /** How many are kept. */
    int kept() {
        return store.size();
    }

    @Override
    public void close() {
        store.close();
    }
}
