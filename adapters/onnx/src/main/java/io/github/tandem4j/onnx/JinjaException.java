package io.github.tandem4j.onnx;

/** A chat template is wrong, asks for what is not supported, takes too much, or refuses its input. */
final class JinjaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    JinjaException(String message) {
        super(message);
    }
}
