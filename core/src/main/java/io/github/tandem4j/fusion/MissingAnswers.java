package io.github.tandem4j.fusion;

/** What is made of answers that did not come: of members that fail or cannot take the request, or of samples that fail. */
public enum MissingAnswers {
    /** They are left out, as if they had not been asked. */
    LEAVE_OUT,
    /** They count as voices that agree with nobody. */
    COUNT_AS_DISSENT,
    /** One that is missing fails the fusion. */
    FAIL
}
