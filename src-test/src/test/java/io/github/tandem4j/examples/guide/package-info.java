/** Tests of what the guide shows, by running it. */
@NullMarked
package io.github.tandem4j.examples.guide;

import org.jspecify.annotations.NullMarked;
