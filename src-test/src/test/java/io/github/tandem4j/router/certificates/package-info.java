@NullMarked
package io.github.tandem4j.router.certificates;

import org.jspecify.annotations.NullMarked;
