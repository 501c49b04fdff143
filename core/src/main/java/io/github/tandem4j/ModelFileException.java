package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** A model's files are missing, damaged, foreign or at odds with each other; the message names the file. */
public class ModelFileException extends ConfigurationException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public ModelFileException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public ModelFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
