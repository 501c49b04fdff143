package io.github.tandem4j.onnx.encoder;

/**
 * Sentence encoders that come as Maven dependencies: no download, no server, no key. Their weights are resources in
 * LangChain4j's artifacts, of which no class is loaded.
 *
 * <pre>{@code
 * try (OnnxEmbeddingModel encoder = SentenceEncoders.miniLm().open()) {
 *     float[] vector = encoder.embed("How long is a piece of string?").content().vector();
 * }
 * }</pre>
 */
public final class SentenceEncoders {
    private static final String ARTIFACT = "dev.langchain4j:langchain4j-embeddings-";

    private SentenceEncoders() {}

    /**
     * all-MiniLM-L6-v2, the default: 384 dimensions, English, mean pooling, rows of 256 tokens, as it is used by
     * sentence-transformers. Wang et al., MiniLM, NeurIPS 2020; fine-tuned by sentence-transformers on a billion pairs.
     *
     * @return the builder; {@code open()} it
     */
    public static OnnxEmbeddingModel.Builder miniLm() {
        return miniLm("all-minilm-l6-v2");
    }

    /**
     * The same model in {@link Arithmetic#EIGHT_BIT}: about 1.8 times as fast for one text where the processor can, at a
     * mean cosine of .9997 to the exact vectors. It has a name of its own, {@code all-minilm-l6-v2-8-bit}: a router that
     * was trained on the one is not served by the other, and their vectors are not mixed in a cache.
     *
     * @return the builder; {@code open()} it
     */
    public static OnnxEmbeddingModel.Builder miniLmInEightBits() {
        return miniLm("all-minilm-l6-v2-8-bit").arithmetic(Arithmetic.EIGHT_BIT);
    }

    private static OnnxEmbeddingModel.Builder miniLm(String name) {
        return OnnxEmbeddingModel.builder(
                        name,
                        "all-minilm-l6-v2.onnx",
                        "all-minilm-l6-v2-tokenizer.json",
                        "the dependency io.github.tandem4j:tandem-minilm (type pom), or " + ARTIFACT
                                + "all-minilm-l6-v2")
                .pooling(Pooling.MEAN)
                .usualTokens(256);
    }

    /**
     * bge-small-en-v1.5, its weights and activations in 8 bits: 384 dimensions, English, the first token's vector, rows
     * of 512 tokens. Short queries that look for long passages want the prefix {@code Represent this sentence for
     * searching relevant passages: }. Xiao et al., C-Pack, SIGIR 2024.
     *
     * @return the builder; {@code open()} it
     */
    public static OnnxEmbeddingModel.Builder bgeSmall() {
        return OnnxEmbeddingModel.builder(
                        "bge-small-en-v1.5-q",
                        "bge-small-en-v1.5-q.onnx",
                        "bge-small-en-v1.5-q-tokenizer.json",
                        "the dependency " + ARTIFACT + "bge-small-en-v15-q")
                .pooling(Pooling.CLS)
                .usualTokens(512);
    }
}
