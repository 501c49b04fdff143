package io.github.tandem4j.onnx;

/** The names of a model directory's files. */
final class ModelFiles {
    /** The version of the directory's layout; another one is refused. */
    static final int FORMAT = 2;

    static final String CONFIG = "config.json";
    static final String GENERATION_CONFIG = "generation_config.json";
    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    static final String MODEL = "model.onnx";
    static final String WEIGHTS = "model.onnx.data";
    static final String PROVENANCE = "provenance.json";

    private ModelFiles() {}
}
