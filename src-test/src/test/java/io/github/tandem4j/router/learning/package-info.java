@NullMarked
package io.github.tandem4j.router.learning;

import org.jspecify.annotations.NullMarked;
