/** Tests of the vocabulary, of the laws of the algebra, and of what an endpoint promises. */
@NullMarked
package io.github.tandem4j;

import org.jspecify.annotations.NullMarked;
