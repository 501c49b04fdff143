package io.github.tandem4j.fusion;

import io.github.tandem4j.Request;

/**
 * Makes one answer of several. A lambda is a fuser; {@link Vote} is the first. Called by many threads at once.
 */
@FunctionalInterface
public interface Fuser {

    /**
     * Makes one answer.
     *
     * @param request the question and its limits
     * @param answers what the members said; one that {@linkplain io.github.tandem4j.Reply#isTruncated() was cut} by its
     *     limit of tokens is among them, and is not whole: {@link Vote} gives it no voice
     * @return never null
     */
    Fused fuse(Request request, Answers answers);
}
