/** What scores a request before it is answered: rules, estimates of quality, and what an answer would cost. */
@NullMarked
package io.github.tandem4j.router;

import org.jspecify.annotations.NullMarked;
