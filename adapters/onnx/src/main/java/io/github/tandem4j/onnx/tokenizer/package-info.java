/**
 * Texts as tokens and back: a model's tokenizer file, of which the native library gets only what it is known to bear, and
 * the marks by which what users wrote stays text.
 */
@NullMarked
package io.github.tandem4j.onnx.tokenizer;

import org.jspecify.annotations.NullMarked;
