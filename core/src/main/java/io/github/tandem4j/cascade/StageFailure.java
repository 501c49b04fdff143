package io.github.tandem4j.cascade;

/** What a cascade does when a stage fails instead of answering. A cancelled call always fails. */
public enum StageFailure {
    /** The cascade fails as the stage did. */
    FAIL,
    /** The next stage is asked; when the last one fails, the cascade does. */
    DEFER,
    /**
     * The next stage is asked; when none is left, the latest answer that was deferred is given after all, and the trace
     * says so. A deadline that passes in a later stage then also gives the earlier answer.
     */
    DEFER_OR_KEEP
}
