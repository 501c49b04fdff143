@NullMarked
package io.github.tandem4j.router.cascades;

import org.jspecify.annotations.NullMarked;
