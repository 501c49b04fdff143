package io.github.tandem4j.pipeline;

import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import java.util.List;

/**
 * Decides, between two steps of a pipeline, what the next step is asked. A lambda is a handoff; {@link Handoffs} has the
 * usual ones. Called by many threads at once.
 */
@FunctionalInterface
public interface Handoff {

    /**
     * Says what the next step is asked, or that the latest answer is the pipeline's.
     *
     * @param request the pipeline's own request
     * @param before the replies of the steps before, in order; one at least. One that {@linkplain Reply#isTruncated() was
     *     cut} is not whole
     * @return never null
     */
    Next next(Request request, List<Reply> before);
}
