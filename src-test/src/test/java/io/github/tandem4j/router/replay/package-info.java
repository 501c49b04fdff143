@NullMarked
package io.github.tandem4j.router.replay;

import org.jspecify.annotations.NullMarked;
