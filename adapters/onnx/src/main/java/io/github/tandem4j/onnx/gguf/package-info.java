/**
 * The import of GGUF files: what stands in one, GGML's blocks taken apart, the families of models, and the graph, weights
 * and tokenizer that are written for them. Nothing here runs a model.
 */
@NullMarked
package io.github.tandem4j.onnx.gguf;

import org.jspecify.annotations.NullMarked;
