/** What keeps a router from being fooled. */
@NullMarked
package io.github.tandem4j.router.defence;

import org.jspecify.annotations.NullMarked;
