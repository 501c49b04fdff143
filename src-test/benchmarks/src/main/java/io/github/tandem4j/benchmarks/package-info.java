/** JMH benchmarks; {@code RESULTS.md} has their figures and commands. */
@NullMarked
package io.github.tandem4j.benchmarks;

import org.jspecify.annotations.NullMarked;
