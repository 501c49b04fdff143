@NullMarked
package io.github.tandem4j.router.outcomes;

import org.jspecify.annotations.NullMarked;
