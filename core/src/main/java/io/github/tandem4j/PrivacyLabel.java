package io.github.tandem4j;

/** How far a request's text may travel, from the loosest to the strictest. */
public enum PrivacyLabel {
    /** Anywhere. */
    OPEN,
    /** To a remote model only after an assistant has masked it; to a local one as it is. */
    MASKED_ONLY,
    /** To local models alone. */
    LOCAL_ONLY;

    PrivacyLabel strictest(PrivacyLabel other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
