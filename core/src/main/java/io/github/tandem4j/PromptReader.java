package io.github.tandem4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Reads many prompts, as training needs it: each as the one user message of a conversation, exactly as the model would
 * read it to answer.
 */
@FunctionalInterface
public interface PromptReader {

    /**
     * Reads prompts and gives each reading to the sink, on the calling thread and in any order. Can be stopped by an
     * interrupt of that thread.
     *
     * @throws CallCancelledException if it was stopped
     * @throws TandemException if the model fails
     */
    void read(List<String> prompts, Sink sink);

    /**
     * {@return the readings of prompts, in their order}
     *
     * @throws RejectedRequestException if a prompt cannot be read, such as a blank one
     */
    default List<PromptReading> read(List<String> prompts) {
        PromptReading[] readings = new PromptReading[prompts.size()];
        read(prompts, (index, reading) -> readings[index] = reading);
        List<PromptReading> all = new ArrayList<>(readings.length);
        for (PromptReading reading : readings) {
            all.add(Objects.requireNonNull(reading, "reading"));
        }
        return List.copyOf(all);
    }

    /**
     * Reads a prompt within the limits of a request that it belongs to: on behalf of its tenant, at the expense of its budgets,
     * and no longer than it may take. A reader that knows no limits reads it as {@link #read(List)} does; unless it is a {@link
     * LocalModel}, it is given no prompt that {@linkplain CallContext#mayTravel() may not travel}.
     *
     * @throws PrivacyException if the prompt may not travel, and this reader is not known to be local
     */
    default PromptReading read(Request limits, String prompt) {
        if (!limits.context().mayTravel() && !LocalModel.isKnownToBe(this)) {
            throw new PrivacyException("request is labelled " + limits.context().label()
                    + ", and its reader is not known to be local; valid is one that is a LocalModel");
        }
        return read(List.of(prompt)).get(0);
    }

    /**
     * {@return a reader that asks an endpoint for one {@link EvidenceKey#PROMPT_READING} after the other; an endpoint that
     * has none for a prompt refuses it}
     *
     * @param wish what is to be read
     */
    static PromptReader of(ModelEndpoint endpoint, ReadingWish wish) {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(wish, "wish");
        return new EndpointReader(endpoint, wish);
    }

    /** Takes readings as they are made. */
    @FunctionalInterface
    interface Sink {

        /** Takes the reading of the prompt at this index. */
        void accept(int index, PromptReading reading);

        /** Is told that the prompt at this index cannot be read; by default that ends the whole with the reason. */
        default void refused(int index, TandemException reason) {
            throw reason;
        }
    }
}
