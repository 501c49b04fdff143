/** The code that {@code docs/running-in-production.md} shows, and the fragments of the README. */
@NullMarked
package io.github.tandem4j.examples.guide;

import org.jspecify.annotations.NullMarked;
