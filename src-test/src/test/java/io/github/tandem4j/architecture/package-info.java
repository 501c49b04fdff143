/** The walls of the house, as tests. */
@NullMarked
package io.github.tandem4j.architecture;

import org.jspecify.annotations.NullMarked;
