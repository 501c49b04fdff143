package io.github.tandem4j.onnx.encoder;

/** How the vectors of a text's tokens become one. A model was trained with one of them; its card says which. */
public enum Pooling {
    /** The mean over all tokens, those that begin and end the text included. */
    MEAN,

    /** The vector of the first token. */
    CLS
}
