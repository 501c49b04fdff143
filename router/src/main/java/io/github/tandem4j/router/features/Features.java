package io.github.tandem4j.router.features;

import io.github.tandem4j.Request;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * A view of requests: reads each into a vector of fixed length. The same request gives the same vector, whatever stands
 * beside it. {@link Views} has the usual ones. Called by many threads at once.
 */
public interface Features {

    /**
     * {@return what is read and by which version, such as {@code text.1}} A trained router is bound to it: whatever changes
     * the vectors changes the id.
     */
    String id();

    /** {@return the length of a vector, one or more} */
    int dimension();

    /** {@return the blocks that the columns fall into; one if not said otherwise} */
    default List<FeatureRows.Block> blocks() {
        return List.of(new FeatureRows.Block(dimension(), false));
    }

    /**
     * {@return whether what is learned from it holds only for the kind of task that it was learned on} So it is with a
     * model's own reading of the prompt, which tells right from wrong on subjects never seen, and nothing on another task.
     */
    default boolean isBoundToTask() {
        return false;
    }

    /**
     * Reads requests.
     *
     * @param progress told how much is done, 0 to 1
     * @return one row a request, in their order
     */
    FeatureRows read(List<Request> requests, DoubleConsumer progress);

    /** Reads one request. See {@link #read(List, DoubleConsumer)}. */
    default FeatureRows read(Request request) {
        return read(List.of(request), done -> {});
    }
}
