/**
 * The part of Jinja that chat templates use: a bounded interpreter for programs that come with models and are not
 * trusted.
 */
@NullMarked
package io.github.tandem4j.onnx.jinja;

import org.jspecify.annotations.NullMarked;
