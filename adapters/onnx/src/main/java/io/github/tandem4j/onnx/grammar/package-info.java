/** What an answer must look like, kept to while it is decoded: JSON schemas, choices, regular expressions. */
@NullMarked
package io.github.tandem4j.onnx.grammar;

import org.jspecify.annotations.NullMarked;
