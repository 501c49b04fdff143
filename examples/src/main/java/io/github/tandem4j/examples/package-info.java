/** Runnable examples. Each has a {@code main}; what it does stands in a method that the tests call too. */
@NullMarked
package io.github.tandem4j.examples;

import org.jspecify.annotations.NullMarked;
