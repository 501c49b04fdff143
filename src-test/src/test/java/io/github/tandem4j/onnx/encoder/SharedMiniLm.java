package io.github.tandem4j.onnx.encoder;

/** One MiniLM, and one of eight bits, for all tests of a process that need not open or close their own. */
final class SharedMiniLm {

    private SharedMiniLm() {}

    private static final class Exact {
        private static final OnnxEmbeddingModel MODEL =
                SentenceEncoders.miniLm().threads(2).open();
    }

    private static final class EightBit {
        private static final OnnxEmbeddingModel MODEL =
                SentenceEncoders.miniLmInEightBits().threads(2).open();
    }

    /** {@return the model as it comes; nobody closes it} */
    static OnnxEmbeddingModel exact() {
        return Exact.MODEL;
    }

    /** {@return the model with weights of eight bits; nobody closes it} */
    static OnnxEmbeddingModel eightBit() {
        return EightBit.MODEL;
    }
}
