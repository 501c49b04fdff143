/** ONNX graphs as they are written here, their weights beside them, and the environment in which ONNX Runtime runs graphs. */
@NullMarked
package io.github.tandem4j.onnx.graph;

import org.jspecify.annotations.NullMarked;
