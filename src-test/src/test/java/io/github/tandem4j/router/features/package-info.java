@NullMarked
package io.github.tandem4j.router.features;

import org.jspecify.annotations.NullMarked;
