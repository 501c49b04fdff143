package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** A plug-in (a router, rule, handoff, assistant, fuser or token sink) threw, or returned what it must not. */
public final class PluginException extends ConfigurationException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public PluginException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public PluginException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
