/**
 * Local language models on ONNX Runtime: the import of GGUF files, the decoding engine and the endpoint over it.
 */
@NullMarked
package io.github.tandem4j.onnx;

import org.jspecify.annotations.NullMarked;
