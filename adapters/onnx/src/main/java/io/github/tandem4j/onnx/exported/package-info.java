/**
 * Decoders that somebody else's tools exported: a directory as Hugging Face has it, the graph read without its weights,
 * and the contract of our own put around it.
 */
@NullMarked
package io.github.tandem4j.onnx.exported;

import org.jspecify.annotations.NullMarked;
