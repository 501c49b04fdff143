/**
 * A model's files, none of which is trusted: how the small ones are read, where weights may lie, and what files and texts
 * are recognised by.
 */
@NullMarked
package io.github.tandem4j.onnx.files;

import org.jspecify.annotations.NullMarked;
