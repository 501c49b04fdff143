package io.github.tandem4j.onnx.encoder;

/** What an encoder multiplies its weights in. */
public enum Arithmetic {
    /** In the numbers that the graph has, which are floats unless it says otherwise. */
    AS_IS,

    /**
     * In 8-bit integers, made of the floats when the model is opened: about twice as fast, at a cosine of .999 and more
     * between the vectors of MiniLM and the exact ones. Each token has a scale of its own, and the few channels that go far
     * beyond the others stay floats. So it is on Linux, on processors with AVX512-VNNI or AVX-VNNI; on others, and of a graph
     * that holds no large float weights of its own or is older than opset 10, all is computed as it is.
     */
    EIGHT_BIT
}
