package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** Something is set up wrongly: a key, a model's name, a model's files, a plug-in. Trying again will not help. */
public class ConfigurationException extends TandemException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public ConfigurationException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public ConfigurationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
