/** Tests of what the documentation shows. */
@NullMarked
package io.github.tandem4j.docs;

import org.jspecify.annotations.NullMarked;
