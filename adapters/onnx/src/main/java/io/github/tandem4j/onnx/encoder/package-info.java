/**
 * Encoders on ONNX Runtime: sentence embeddings, text and token classifiers, and cross-encoders.
 */
@NullMarked
package io.github.tandem4j.onnx.encoder;

import org.jspecify.annotations.NullMarked;
