package io.github.tandem4j.onnx.jinja;

import io.github.tandem4j.ConfigurationException;

/** A chat template is wrong, asks for what is not supported, takes too much, or refuses its input. */
public final class JinjaException extends ConfigurationException {
    private static final long serialVersionUID = 1;

    JinjaException(String message) {
        super(message);
    }
}
